"""`m2t completion`: a script that the shell accepts, and names that are completed without importing a command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands.m2t import COMMANDS
from tests.commands.conftest import HEAVY, Desk

HOUSE = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("shell", "place"),
    [("bash", "bash-completion/completions/m2t"), ("zsh", ".zfunc/_m2t"), ("fish", "m2t.fish")],
)
def test_the_script_says_where_to_put_it(desk: Desk, shell: str, place: str) -> None:
    result = desk.m2t("completion", shell)
    assert result.exit_code == 0, result.output
    comments = [line for line in result.stdout.splitlines() if line.startswith("#   ")]
    assert len(comments) == 1 and place in comments[0]


def test_the_first_line_of_the_script_is_the_line_that_zsh_requires(desk: Desk) -> None:
    assert desk.m2t("completion", "zsh").stdout.startswith("#compdef m2t\n")


def test_bash_accepts_the_script(desk: Desk) -> None:
    script = desk.m2t("completion", "bash").stdout
    loaded = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p m2t"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "_m2t_completion" in loaded.stdout


def test_an_unknown_shell_is_a_usage_error(desk: Desk) -> None:
    assert desk.m2t("completion", "tcsh").exit_code == 2


def completed(*words: str) -> tuple[list[str], set[str]]:
    """Return the completions of the last word, and the packages that were imported."""
    script = (
        "import sys\nfrom commands.m2t import m2t\n"
        "try:\n    m2t(prog_name='m2t')\n"
        "finally:\n    print(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    variables = {
        "_M2T_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["m2t", *words]),
        "COMP_CWORD": str(len(words)),
    }
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **variables},
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    *offered, packages = ended.stdout.splitlines()
    return [line.removeprefix("plain,") for line in offered], set(packages.split())


def test_the_names_of_commands_are_offered_without_importing_any() -> None:
    offered, packages = completed("")
    assert offered == list(COMMANDS)
    assert packages & {*HEAVY, "records", "consumer", "sandbox"} == set()


def test_the_beginning_of_a_name_is_completed() -> None:
    assert completed("expl")[0] == ["explain"]


def test_the_options_of_a_command_are_offered() -> None:
    assert "--shop" in completed("explain", "--")[0]
