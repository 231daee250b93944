"""Cut the content of uploaded files out of a body, before anything of it is read or kept.

A save by REST has each new image twice, in base64: megabytes that say nothing which the store's media folder does not
have. The bytes are cut without reading the JSON, so that a body that can't be read is cut as well, and one that can be
read never becomes megabytes of objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

FILE_CONTENT: Final = "base64_encoded_data"
_BACKSLASH: Final = ord("\\")
_NAME: Final = f'"{FILE_CONTENT}"'.encode()
_CONTENT: Final = re.compile(rb'%s\s*:\s*"' % _NAME)
"""The name as a key, up to the first byte of its text. Inside a text its quotes would be escaped."""


def without_file_contents(raw: bytes) -> bytes:
    """Return the body with an empty text in place of each file's content; the body itself where there is none.

    The rest stays byte for byte. A content without an end, in a body that was cut off, is left out to the body's end.
    """
    return b"".join(_parts(raw)) if _NAME in raw else raw


def _parts(raw: bytes) -> Iterator[bytes]:
    kept_from = 0
    while (content := _CONTENT.search(raw, kept_from)) is not None:
        yield raw[kept_from : content.end()]
        kept_from = _end_of_text(raw, content.end())
    yield raw[kept_from:]


def _end_of_text(raw: bytes, start: int) -> int:
    """Return where the quote is that ends the JSON text which begins at `start`; the body's length if there is none."""
    quote = raw.find(b'"', start)
    while quote != -1 and _is_escaped(raw, start, quote):
        quote = raw.find(b'"', quote + 1)
    return len(raw) if quote == -1 else quote


def _is_escaped(raw: bytes, start: int, quote: int) -> bool:
    """Whether an odd number of backslashes stands before the quote. Those of PHP's ``\\/`` stand elsewhere."""
    first = quote
    while first > start and raw[first - 1] == _BACKSLASH:
        first -= 1
    return (quote - first) % 2 == 1
