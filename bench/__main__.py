"""`make bench`: measure everything five times, alternating, and write medians and ranges to RESULTS.md.

`python -m bench [ingest intake delivery merge takeover console latency urgent]` measures some parts. With fewer than
five `--runs`, figures are printed only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import ingest

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Benchmarks

`make bench`. Each figure has the median and the range of five alternating runs. These machines are shared and noisy:
only ratios within one run mean much, and CPU is steadier than rates.
"""
Figures = dict[str, list[float]]
FASTSTREAM_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Target:
    """A requirement on the median of a figure."""

    words: str
    figure: str
    holds: Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bench: `measure` runs each thing so many times, alternating, and returns figure -> values."""

    title: str
    command: str
    measure: Callable[[int], Figures]
    targets: Sequence[Target]


def main() -> int:
    """Run the parts. Return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    parser.add_argument("--runs", type=int, default=5, help="runs of each thing, alternating (5)")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - PARTS.keys()
    if unknown:
        parser.error(f"unknown part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    missed = 0
    for name in arguments.parts or PARTS:
        part = PARTS[name]
        print(f"{name} ...", file=sys.stderr, flush=True)
        figures = part.measure(arguments.runs)
        lines, wrong = _section(part, figures)
        missed += wrong
        print(lines, flush=True)
        if arguments.runs >= 5:
            _keep(part.title, lines)
            print(f"written to {RESULTS.name}", file=sys.stderr)
    return 1 if missed else 0


def _child(*arguments: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    document: dict[str, float] = json.loads(done.stdout)
    return document


def _gather(figures: Figures, name: str, fields: Mapping[str, float], only: Iterable[str] = ()) -> None:
    for figure, value in fields.items():
        if not only or figure in only:
            figures.setdefault(f"{name}: {figure}", []).append(value)


def _ingest(runs: int) -> Figures:
    figures: Figures = {}
    wanted = ("per_second", "p50_ms", "p99_ms", "cpu_microseconds", "peak_megabytes")
    with ingest.world() as environment:
        for _ in range(runs):
            for size in (1024, 8192):
                fields = {stack: ingest.run(stack, size, environment) for stack in ingest.STACKS}
                for stack, values in fields.items():
                    _gather(figures, f"{size // 1024} KB, {stack}", values, wanted)
                ours, obvious, gthread = fields["ours"], fields["obvious"], fields["ours on gthread"]
                ratios = {
                    "rate over the same app on gthread": ours["per_second"] / gthread["per_second"],
                    "rate over the obvious stack": ours["per_second"] / obvious["per_second"],
                    "p99 over the obvious stack's": ours["p99_ms"] / obvious["p99_ms"],
                }
                _gather(figures, f"{size // 1024} KB", ratios)
    return figures


def _intake(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        single = _child("bench.intake", "single", "10000", "1500")
        batch = _child("bench.intake", "batch", "10000", "10000")
        many = _child("bench.intake", "batch", "300000", "10000")
        parse = _child("bench.intake", "parse", "10000", "10000")
        for name, item in (
            ("batches of 500, 10,000 products", batch),
            ("batches of 500, 300,000 products", many),
            ("one by one, 10,000 products", single),
            ("decoding alone", parse),
        ):
            _gather(figures, name, item)
        ratios = {
            "rate over one by one": batch["per_second"] / single["per_second"],
            "CPU at 300,000 over 10,000 products": many["cpu_microseconds"] / batch["cpu_microseconds"],
        }
        _gather(figures, "intake", ratios)
    _gather(figures, "FastStream, parsing only", _faststream())
    return figures


def _faststream(count: int = 10_000) -> dict[str, float]:
    """Measure FastStream on a broker of its own, uncompressed: its client comes without lz4."""
    from bench.intake import saves
    from topics import clients

    with ingest.world() as environment:
        plain = {"bootstrap_servers": environment["BENCH_KAFKA"], "compression_type": None}
        producer = clients.webhook_producer(plain)
        futures = [
            producer.send(environment["BENCH_TOPIC"], record.value, record.key, list(record.headers))
            for record in saves(10_000, count)
        ]
        for future in futures:
            future.get(timeout=30)
        producer.close()
        done = subprocess.run(
            [sys.executable, "-m", "bench.faststream_parse", str(count)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=dict(environment),
            timeout=FASTSTREAM_SECONDS,
        )
    # FastStream prints a start message first.
    document: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return document


def _delivery(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        _gather(figures, "delivery", _child("bench.delivery"))
    return figures


def _merge(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        _gather(figures, "merge", _child("bench.merge"))
    return figures


def _takeover(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        _gather(figures, "takeover", _child("bench.takeover"))
    return figures


def _console(runs: int) -> Figures:
    """Measure once: each page is requested twenty times anyway, over a million rows."""
    figures: Figures = {}
    _gather(figures, "console", _child("bench.console"))
    return figures


def _latency(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        rate = _child("bench.delivery", "2000")["per_second"] / 2
        _gather(figures, "latency", _child("bench.latency", str(rate)))
    return figures


def _urgent(runs: int) -> Figures:
    figures: Figures = {}
    for _ in range(runs):
        _gather(figures, "urgent", _child("bench.urgent"))
    return figures


PARTS: Mapping[str, Part] = {
    "ingest": Part(
        "Ingest: 64 connections, acks=all, two processes",
        "python -m bench ingest",
        _ingest,
        [
            *(
                Target(f"{size}: {words}", f"{size}: {figure}", holds)
                for size in ("1 KB", "8 KB")
                for words, figure, holds in (
                    (
                        "at least 1.6 x the same app on gthread",
                        "rate over the same app on gthread",
                        lambda value: value >= 1.6,
                    ),
                    (
                        "at least 1.3 x the obvious stack",
                        "rate over the obvious stack",
                        lambda value: value >= 1.3,
                    ),
                    (
                        "p99 at most 0.8 x the obvious stack's",
                        "p99 over the obvious stack's",
                        lambda value: value <= 0.8,
                    ),
                )
            ),
            Target(
                "summed peak RSS of two processes at most 220 MB",
                "1 KB, ours: peak_megabytes",
                lambda value: value <= 220,
            ),
        ],
    ),
    "intake": Part(
        "Intake of saves that change nothing, with state",
        "python -m bench intake",
        _intake,
        [
            Target("at least 4 x one by one", "intake: rate over one by one", lambda value: value >= 4),
            Target(
                "CPU at 300,000 products at most 1.5 x that at 10,000",
                "intake: CPU at 300,000 over 10,000 products",
                lambda value: value <= 1.5,
            ),
        ],
    ),
    "delivery": Part(
        "Delivery of 6,000 due listings, a sink of 100 ms, 64 in flight",
        "python -m bench delivery",
        _delivery,
        [
            Target(
                "wall time at most 1.25 x the bound",
                "delivery: wall_over_bound",
                lambda value: value <= 1.25,
            ),
            Target("no overlap on one listing", "delivery: overlaps", lambda value: value == 0),
        ],
    ),
    "merge": Part(
        "Four saves a listing, faster than they can be sent",
        "python -m bench merge",
        _merge,
        [Target("at least 3.5 x fewer calls", "merge: saves_over_calls", lambda value: value >= 3.5)],
    ),
    "takeover": Part(
        "Taking over from a consumer that was killed in full swing",
        "python -m bench takeover",
        _takeover,
        [
            Target(
                "within 20 s of the lease and 2 s",
                "takeover: last_taken_over_seconds",
                lambda value: value <= 22,
            ),
            Target("no overlap on one listing", "takeover: overlaps", lambda value: value == 0),
        ],
    ),
    "console": Part(
        "The console's pages: 1,000,000 activity and feed rows and 100,000 products over 1,000 and 100",
        "python -m bench console",
        _console,
        [
            Target(
                "every page at most 2 x the same over the small database",
                "console: large_over_small",
                lambda value: value <= 2,
            ),
            Target(
                "every page at most 60 kB compressed, with all that it loads",
                "console: heaviest_kilobytes",
                lambda value: value <= 60,
            ),
        ],
    ),
    "latency": Part(
        "Accepted save to call, at half of the delivery rate",
        "python -m bench latency",
        _latency,
        [
            Target(
                "p50 at most 5 x (one Kafka round trip + one commit)",
                "latency: p50_over_round_trip_and_commit",
                lambda value: value <= 5,
            )
        ],
    ),
    "urgent": Part(
        "A sold-out save while 100,000 older listings are due, 50 calls a second",
        "python -m bench urgent",
        _urgent,
        [
            Target(
                "each called within 2 s of the accepted save",
                "urgent: longest_seconds",
                lambda value: value <= 2,
            )
        ],
    ),
}


def _section(part: Part, figures: Figures) -> tuple[str, int]:
    lines = [f"## {part.title}", "", f"`{part.command}`", "", "| target | median | holds |", "|---|---|---|"]
    missed = 0
    for target in part.targets:
        median = statistics.median(figures[target.figure])
        holds = target.holds(median)
        missed += not holds
        lines.append(f"| {target.words} | {median:.3g} | {'yes' if holds else '**no**'} |")
    lines += ["", "| figure | median | range |", "|---|---|---|"]
    for name, values in figures.items():
        lines.append(f"| {name} | {statistics.median(values):.4g} | {min(values):.4g} to {max(values):.4g} |")
    return "\n".join([*lines, ""]), missed


def _keep(title: str, section: str) -> None:
    """Replace the section of this title in RESULTS.md."""
    value = RESULTS.read_text() if RESULTS.is_file() else ""
    sections = {text.partition("\n")[0]: text for text in value.split("\n## ")[1:]}
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    measured = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load average at the end {load}."
    )
    head, _, rest = section.removeprefix("## ").partition("\n")
    sections[title] = f"{head}\n\n{measured}\n{rest}"
    order = [part.title for part in PARTS.values()]
    rows = [sections[name].rstrip("\n") for name in order if name in sections]
    RESULTS.write_text("\n\n## ".join([HEAD.rstrip("\n"), *rows]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
