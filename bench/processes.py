"""A free port for a process, and what the process and its children cost, from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from commands.demo_world.processes import ReservedPorts

_TICKS = os.sysconf("SC_CLK_TCK")
_PORTS = ReservedPorts()


def free_port() -> int:
    """Return a free port of loopback, reserved until this process ends."""
    return _PORTS.reserve()


def family(pid: int) -> Iterator[int]:
    """Yield the process and its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))


def seconds_of_cpu(pid: int) -> float:
    """Return the user and system time of the process and its descendants so far."""
    total = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def peak_megabytes(pid: int) -> float:
    """Return the summed peak RSS of the descendants, without the process itself, which only watches them."""
    workers = [member for member in family(pid) if member != pid] or [pid]
    return sum(_peak(worker) for worker in workers) / 1024


def _peak(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
