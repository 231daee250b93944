"""Read the body of a request: small ones of anybody, large ones only where a signature may be right, a few at a time.

A REST save of Magento has the content of its images in it, so bodies of 16 MiB are read. What that costs is bounded
before anybody is known: a body larger than `SMALL_BODY` is read only if the shop's sender finds the headers plausible,
and `MOST_LARGE_BODIES` are in memory at a time (docs/decisions/0035).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from flask import Request
from werkzeug.exceptions import ClientDisconnected

SMALL_BODY: Final = 768 * 1024
"""Bytes of a body that is read whatever its headers are."""
LARGEST_BODY: Final = 16 * 2**20
"""Bytes of a body with plausible headers."""
MOST_LARGE_BODIES: Final = 2
"""Larger than `SMALL_BODY`, in one process at a time."""
WAIT_SECONDS: Final = 1.0
"""How long a large body waits for its turn: as long as a webhook waits for Kafka."""
_MOST_AT_ONCE: Final = SMALL_BODY
"""Bytes that are asked of the server at once: granian gathers as many outside of Python, in a buffer that doubles."""


class BodyTooLarge(Exception):
    """The body is larger than the request's headers allow."""


class TooManyLargeBodies(Exception):
    """As many large bodies as are allowed are in memory, and none is done within `WAIT_SECONDS`."""


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def small_body(request: Request) -> bytes | None:
    """Return a body whose declared size is small; None for others, which `RequestBodies` reads.

    Raises `ClientDisconnected` if the connection ends too early.
    """
    declared = request.content_length
    if declared is None or declared > SMALL_BODY:
        return None
    return _exactly(request.environ["wsgi.input"], declared)


class RequestBodies:
    """Reads the large and the chunked bodies of one process. Safe for many threads."""

    def __init__(self) -> None:
        self._large = threading.BoundedSemaphore(MOST_LARGE_BODIES)

    @contextmanager
    def reading(self, request: Request, is_plausible: Callable[[], bool]) -> Iterator[bytes]:
        """Yield the body, which may be in memory until the context ends. `is_plausible` is asked for large ones only.

        Raises `BodyTooLarge`, `TooManyLargeBodies`, and `ClientDisconnected` if the connection ends too early.
        """
        declared = request.content_length
        # A chunked body says nothing of its size: what its first bytes may be is read as a small one is.
        start = _at_most(request.stream, SMALL_BODY + 1) if declared is None else b""
        if declared is None and len(start) <= SMALL_BODY:
            yield start
            return
        if (declared or 0) > LARGEST_BODY or not is_plausible():
            raise BodyTooLarge(BodyTooLarge.__doc__)
        if not self._large.acquire(timeout=WAIT_SECONDS):
            raise TooManyLargeBodies(TooManyLargeBodies.__doc__)
        try:
            yield _large(request, declared, start)
        finally:
            self._large.release()


def _large(request: Request, declared: int | None, start: bytes) -> bytes:
    if declared is not None:
        return _exactly(request.environ["wsgi.input"], declared)
    raw = start + _at_most(request.stream, LARGEST_BODY + 1 - len(start))
    if len(raw) > LARGEST_BODY:
        raise BodyTooLarge(BodyTooLarge.__doc__)
    return raw


def _exactly(stream: _Stream, declared: int) -> bytes:
    """Return that many bytes. Raises `ClientDisconnected` if there are fewer."""
    raw = _at_most(stream, declared)
    if len(raw) < declared:
        raise ClientDisconnected
    return raw


def _at_most(stream: _Stream, size: int) -> bytes:
    """Return the stream's bytes up to its end, and no more than `size`."""
    parts, left = [], size
    while left and (part := stream.read(min(left, _MOST_AT_ONCE))):
        parts.append(part)
        left -= len(part)
    # A single part is returned as it is, not copied.
    return b"".join(parts)
