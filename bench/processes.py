"""A free port for a process, and what the process and its children cost, from /proc."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a free port of loopback; another process may take it before the server that it is for."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def family(pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def seconds_of_cpu(pid: int) -> float:
    """User and system time of the family so far."""
    total = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def peak_megabytes(pid: int) -> float:
    """The summed peak RSS of the family's workers: what it started, without the process that only watches them."""
    workers = [one for one in family(pid) if one != pid] or [pid]
    return sum(_peak(one) for one in workers) / 1024


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
