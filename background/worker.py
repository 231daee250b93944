"""`Worker`, the base of every long-running background thread: it runs rounds until it is asked to stop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Final

STOP_SECONDS: Final = 5.0
"""How long `stop` waits for the running round by default."""
LEAST_PAUSE_SECONDS: Final = 0.05
"""The shortest pause after an error: a round that fails immediately must not keep a processor busy."""


class Worker(ABC):
    """A daemon thread that runs rounds one after another.

    An error in a round is passed to `after_error`, which logs it, and the next round follows: a thread never dies
    silently while its process seems to work. Rounds wait with `pause`, which returns as soon as a stop is requested.
    """

    def __init__(self, name: str) -> None:
        self._stop_requested = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def request_stop(self) -> None:
        """Request a stop without waiting for it, so that several workers can stop at the same time."""
        self._stop_requested.set()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Request a stop, wait up to `seconds` for the thread to end, and return whether it ended.

        The thread is a daemon: if it does not end in time, the process can still exit.
        """
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether a stop was requested."""
        return self._stop_requested.is_set()

    def pause(self, seconds: float) -> None:
        """Wait for `seconds`, or until a stop is requested."""
        self._stop_requested.wait(seconds)

    @abstractmethod
    def run_round(self) -> None:
        """Do one round, including its wait for work."""

    @abstractmethod
    def after_error(self, error: Exception) -> float:
        """Log the error of a round, and return the seconds to pause before the next round."""

    def finish(self) -> None:  # noqa: B027  # most workers have nothing to release
        """Release what the rounds acquired. Called last on the thread, also after an error."""

    def _run(self) -> None:
        while not self.stopping:
            try:
                self.run_round()
            except Exception as error:
                self.pause(max(self.after_error(error), LEAST_PAUSE_SECONDS))
        try:
            self.finish()
        except Exception as error:
            self.after_error(error)
