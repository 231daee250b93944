"""A part of the demo that does not start says why: its exit code and the end of its log."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from commands.demo_world.demo_table import print_table
from commands.demo_world.processes import Child, ChildFailed
from commands.demo_world.trial import Result
from sandbox.kafka.jars import JarNotFetched, _why
from sandbox.kafka.lock import Jar


def child(folder: Path, source: str) -> Child:
    """Return a child that runs this program, with its output announced."""
    (folder / "part.py").write_text(source)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return Child("kafka", ("part",), environment, folder / "part.log", announces=True)


def test_a_part_that_ends_before_it_serves_is_reported_with_its_exit_code(tmp_path: Path) -> None:
    part = child(
        tmp_path,
        "import os, sys, time\nprint('no certificate', file=sys.stderr, flush=True)\n"
        "os.close(1)\ntime.sleep(0.3)\nos._exit(7)\n",
    )
    part.start()
    with pytest.raises(ChildFailed, match=r"(?s)kafka: ended with exit code 7\n.*no certificate"):
        part.announcement()
    part.stop()


def test_what_a_part_logs_while_it_starts_is_progress(tmp_path: Path) -> None:
    (tmp_path / "part.log").write_text("of an earlier start\n")
    part = child(
        tmp_path,
        "import sys, time\nprint('fetching 3 jars', file=sys.stderr, flush=True)\n"
        "time.sleep(0.5)\nprint('{}', flush=True)\ntime.sleep(60)\n",
    )
    part.start()
    lines: list[str] = []
    assert part.announcement(lines.append) == {}
    part.stop()
    assert lines == ["fetching 3 jars"]


def test_a_certificate_that_is_not_trusted_names_the_variable_to_set() -> None:
    from requests.exceptions import ConnectTimeout, SSLError

    jar = Jar("org.example", "server", "1.0", "", "00")
    text = str(JarNotFetched(jar, _why(SSLError("HTTPSConnectionPool(host='example')"))))
    assert "REQUESTS_CA_BUNDLE" in text and "HTTPSConnectionPool" not in text
    assert _why(ConnectTimeout("HTTPSConnectionPool")) == "no answer: ConnectTimeout"


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        ("listed at 29.00", ["listed at 29.00"]),
        ("not listed", ["seen: not listed", "expected: listed at 29.00"]),
    ],
)
def test_the_table_repeats_what_was_expected_only_where_it_differs(
    seen: str, shown: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    print_table([Result("A price", "listed at 29.00", seen, [], seen == "listed at 29.00")])
    out = capsys.readouterr().out
    assert [out.count(text) for text in shown] == [1] * len(shown)
    assert out.count("expected") == len(shown) - 1
