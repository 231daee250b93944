"""Random ids of outcomes and of creates."""

from __future__ import annotations

import random
from uuid import UUID


def random_id() -> str:
    """Return a UUID of version 4 as text.

    The ids need not be hard to guess, so their bits come from `random`: `os.urandom`, which `uuid4` reads, is a system
    call.
    """
    return str(UUID(int=random.getrandbits(128), version=4))
