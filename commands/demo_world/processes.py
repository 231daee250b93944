"""Child processes, and the ports that are reserved for them."""

from __future__ import annotations

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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from config.serving import end_with_parent

READY_SECONDS = 90.0
STOP_SECONDS = 22.0
EXIT_SECONDS = 5.0
"""How long a child that closed its output may take to end."""
TAIL = 15


class ChildFailed(Exception):
    """Raised when a child process does not become ready, or ends unexpectedly; quotes the end of its log."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        super().__init__(f"{name}: {why}\n{_tail(log)}See {log}")


class Child:
    """One child process, `python -m ...`, with its output in a log file. It gets SIGTERM when its parent dies."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        announces: bool = False,
    ) -> None:
        """`arguments` follow `python -m`. Output is appended to `log`.

        With `announces` its standard output is read by `announcement` instead of going to the log.
        """
        self.name = name
        self._announces = announces
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._log_start = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def exit_code(self) -> int | None:
        """Exit code; None while it runs, or before the start."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process without waiting for it."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._arguments],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._announces else log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def announcement(self, progress: Callable[[str], None] = lambda line: None) -> Mapping[str, object]:
        """Wait for the line of JSON that a sandbox prints once it serves, and return it. Raises `ChildFailed`.

        `progress` gets each line that the child adds to its log meanwhile.
        """
        assert self._process is not None and self._process.stdout is not None  # noqa: S101
        deadline = time.monotonic() + READY_SECONDS
        with selectors.DefaultSelector() as selector, self._log.open(errors="replace") as log:
            log.seek(self._log_start)
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                if selector.select(0.1):
                    line = self._process.stdout.readline()
                    if not line:
                        self._wait_for_exit()
                        break
                    document: Mapping[str, object] = json.loads(line)
                    return document
                for line_of_log in log:
                    progress(line_of_log.rstrip())
        raise ChildFailed(self.name, self._exit_words(), self._log)

    def wait_until_ready(self, url: str) -> None:
        """Poll /readyz below this URL until it answers 200. Raises `ChildFailed`."""
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
        raise ChildFailed(self.name, f"{self._exit_words()}; /readyz: {text}", self._log)

    def stop(self) -> None:
        """Send SIGTERM and wait. Kill the process with all its children if it takes longer than `STOP_SECONDS`."""
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
        """Send SIGKILL, to simulate a crash."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _wait_for_exit(self) -> None:
        """Wait until the exit code is known: a process closes its output shortly before it ends."""
        assert self._process is not None  # noqa: S101
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(EXIT_SECONDS)

    def _exit_words(self) -> str:
        code = self.exit_code
        return f"not ready after {READY_SECONDS:.0f} s" if code is None else f"ended with exit code {code}"


class ReservedPorts:
    """Loopback ports that stay reserved between their choice and the start of the server that uses them. Linux only.

    A reserved port is bound, but nothing listens on it. A server may still bind and listen there, because servers set
    SO_REUSEADDR, while Linux gives the port to no socket that asks for any free port. A port that is wanted by its
    number is not kept from another process that wants the same number: the second of their servers can't listen.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> ReservedPorts:
        return self

    def __exit__(self, *_: object) -> None:
        for item in self._sockets:
            item.close()
        self._sockets.clear()

    def reserve(self, wanted: int = 0) -> int:
        """Reserve the wanted port if it is free, otherwise any other, and return it."""
        for port in (wanted, 0):
            bound = socket.socket()
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                bound.bind(("127.0.0.1", port))
            except OSError:
                bound.close()
                continue
            self._sockets.append(bound)
            chosen: int = bound.getsockname()[1]
            return chosen
        raise OSError("no free port on loopback")


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-TAIL:] if log.is_file() else []
    return "".join(f"  {line}\n" for line in lines)
