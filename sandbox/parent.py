"""A child process that ends with its parent, even when the parent is killed."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1


def dies_with_parent() -> None:
    """For `preexec_fn`: ask Linux for SIGTERM when the thread that forked this process dies. A no-op elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
