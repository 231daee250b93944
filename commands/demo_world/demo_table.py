"""The demo's table: for each rule what was seen, what was expected where that differs, and the TikTok calls."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from commands.demo_world.trial import Result

WIDEST = 140
"""The width in characters where standard output is no terminal."""


def print_table(results: Sequence[Result]) -> None:
    """Print the table and the number of rules that hold on standard output."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDEST)
    table = Table(title="The synchronization policy, rule by rule", show_lines=True, title_justify="left")
    table.add_column("rule", ratio=3)
    table.add_column("seen on TikTok", ratio=4)
    table.add_column("TikTok calls", ratio=2)
    table.add_column("", width=7)
    for result in results:
        verdict = "[green]ok[/green]" if result.ok else "[red]DIFFERS[/red]"
        calls = f"{len(result.calls)}: {', '.join(result.calls)}" if result.calls else "0"
        same = result.seen == result.expected
        seen = result.seen if same else f"seen: {result.seen}\nexpected: {result.expected}"
        table.add_row(escape(result.rule), escape(seen), escape(calls), verdict)
    console.print(table)
    good = sum(result.ok for result in results)
    console.print(f"{good} of {len(results)} rules hold. Only calls that write are counted.")
