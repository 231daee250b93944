"""Child processes: started one after the other, each when the one before answers; stopped in reverse order."""

from __future__ import annotations

import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

READY_SECONDS = 90.0
STOP_SECONDS = 22.0
TAIL = 15
_PR_SET_PDEATHSIG = 1


class ChildFailed(Exception):
    """A part of the world did not come up, or ended by itself."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        super().__init__(f"{name}: {why}\n{_tail(log)}See {log}")


class Child:
    """One process of ours: `python -m ...`, its output in a log file, ended by SIGTERM when we die."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        tells: bool = False,
    ) -> None:
        """`tells`: it says on standard output where it answers, and nothing more; else that goes to the log too."""
        self.name = name
        self._tells = tells
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 before it is started."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._tells else log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def first_line(self) -> dict[str, Any]:
        """The one line of JSON by which a part of the sandbox says that it answers. Raises `ChildFailed`."""
        assert self._process is not None and self._process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + READY_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if selector.select(0.1):
                    line = self._process.stdout.readline()
                    if not line:
                        break
                    document: dict[str, Any] = json.loads(line)
                    return document
        raise ChildFailed(self.name, self._how_it_ended(), self._log)

    def wait_until_ready(self, url: str) -> None:
        """Ask its /readyz until it says 200. Raises `ChildFailed`."""
        deadline = time.monotonic() + READY_SECONDS
        text = "no answer"
        while time.monotonic() < deadline and self.exit_code is None:
            try:
                with urllib.request.urlopen(f"{url}/readyz?verbose", timeout=5):  # noqa: S310
                    return
            except urllib.error.HTTPError as error:
                text = error.read().decode(errors="replace")
            except OSError as error:
                text = str(error)
            time.sleep(0.05)
        raise ChildFailed(self.name, f"{self._how_it_ended()}; /readyz: {text}", self._log)

    def stop(self) -> None:
        """SIGTERM, then a while to finish; killed, with all that it started, where that is too long."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def kill(self) -> None:
        """SIGKILL, without any notice."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _how_it_ended(self) -> str:
        code = self.exit_code
        return f"not ready after {READY_SECONDS:.0f} s" if code is None else f"it ended with {code}"


class ReservedPorts:
    """Ports of loopback that nobody else is given between their choice and the start of the process that serves there.

    A held port is bound and not listened on: on Linux a server may still listen there, since servers reuse addresses,
    while the system gives it to no other socket that asks for a free port. Elsewhere a port is only found, not held.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> ReservedPorts:
        return self

    def __exit__(self, *_: object) -> None:
        for item in self._sockets:
            item.close()

    def hold(self, wanted: int = 0) -> int:
        """Hold the wanted port where it is free, else any other; return it."""
        for port in (wanted, 0):
            found = socket.socket()
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                found.bind(("127.0.0.1", port))
            except OSError:
                found.close()
                continue
            chosen: int = found.getsockname()[1]
            if sys.platform == "linux":
                self._sockets.append(found)
            else:
                found.close()
            return chosen
        raise OSError("no free port on loopback")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-TAIL:] if log.is_file() else []
    return "".join(f"  {line}\n" for line in lines)
