"""The base of the consumer's background threads: rounds until a stop is requested, an end within a bound."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Final

STOP_SECONDS: Final = 5.0
"""How long `stop` waits for the round in hand, unless it is told otherwise."""
LEAST_PAUSE_SECONDS: Final = 0.05
"""The shortest pause after an error: a round that fails at once must not keep a processor busy."""


class Worker(ABC):
    """A daemon thread that runs rounds one after another.

    An error in a round is handed to `after_error`, which logs it, and the next round follows: a thread never ends
    without a word while the process seems to work. Waits inside a round go through `pause`, which a stop ends.
    """

    def __init__(self, name: str) -> None:
        self._stop_requested = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def request_stop(self) -> None:
        """Ask for the end without waiting for it: several workers can be asked before the first is waited for."""
        self._stop_requested.set()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Ask for the end and wait for it so many seconds; False where the thread still runs.

        The thread is a daemon: one that does not end in time does not keep the process.
        """
        self.request_stop()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        return self._stop_requested.is_set()

    def pause(self, seconds: float) -> None:
        """Wait so many seconds, or until a stop is requested."""
        self._stop_requested.wait(seconds)

    @abstractmethod
    def run_round(self) -> None:
        """Do one round, its wait for work included."""

    @abstractmethod
    def after_error(self, error: Exception) -> float:
        """Log the error of a round; return the seconds to pause before the next."""

    def finish(self) -> None:  # noqa: B027  # most workers hold nothing to give back
        """Give back what the rounds held: the last call on the thread, also after an error."""

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
