"""Run `m2t` as a shell would, without the second that a new process takes to import it.

`python -m tests.whole.forked_commands` imports the commands once and forks for each line of standard input, a JSON
object with `arguments`, `environment`, `folder` and `output`; it prints the exit code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parents[2]
COMMANDS: Final = (
    *("activity", "apply", "db", "doctor", "explain", "export", "feeds", "lag", "pending", "policy", "sync"),
    *("tail", "template", "topics", "trigger"),
)
"""The modules of commands that are imported before the first fork."""


class ForkedCommands:
    """Runs `m2t` in a folder, each command in a process of its own, while the context is open."""

    def __init__(self, folder: Path, outputs: Path) -> None:
        self._folder = folder
        self._outputs = outputs
        self._number = 0

    def __enter__(self) -> Self:
        # The caller gives each command its environment; this machine's settings must not be part of it.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("M2T_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], seconds: float
    ) -> tuple[int, str]:
        """Return the exit code, and what the command wrote to standard output and standard error.

        Raises `TimeoutError` if it takes longer than so many seconds.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        self._number += 1
        output = self._outputs / str(self._number)
        request = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(self._folder),
            "output": str(output),
        }
        late = threading.Timer(seconds, self._process.kill)
        late.start()
        print(json.dumps(request), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        late.cancel()
        if not answer:
            raise TimeoutError(f"m2t {' '.join(arguments)} took longer than {seconds} s")
        return int(answer), output.read_text()


def serve() -> None:
    """Fork for each line of standard input, and print the exit code of each command."""
    for name in COMMANDS:
        import_module(f"commands.{name}")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            os._exit(_run(request))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _run(request: Mapping[str, Any]) -> int:
    """Become the command: its environment, folder and output; return its exit code."""
    output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(output, stream)
    # The command must not read the pipe of the requests.
    sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
    os.dup2(sys.stdin.fileno(), 0)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    try:
        from commands.m2t import m2t

        m2t(request["arguments"], prog_name="m2t")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
