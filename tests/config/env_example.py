"""`python -m tests.config.env_example`: rewrite `.env.example` from the declared settings."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Final

from config.settings import PREFIX, Settings

PATH: Final = Path(__file__).parents[2] / ".env.example"


def env_example() -> str:
    """Return the text of `.env.example`: every setting with its default, and what it is for."""
    lines = ["# Every setting. Copy to .env, or set the variables; NAME_FILE reads a value from a file.", ""]
    for setting in fields(Settings):
        lines += [f"# {line}" for line in setting.metadata["doc"].splitlines()]
        default = setting.metadata["default"]
        required = default is None
        lines += [
            f"{'' if required else '# '}{PREFIX}{setting.name.upper()}={'' if required else default}",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    PATH.write_text(env_example(), encoding="utf-8")
