"""`m2t completion`: prints the script that completes `m2t` in a shell."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import click
from click.shell_completion import get_completion_class

COMPLETE_VARIABLE: Final = "_M2T_COMPLETE"
_PLACES: Final = MappingProxyType(
    {
        "bash": "m2t completion bash > ~/.local/share/bash-completion/completions/m2t",
        "zsh": "m2t completion zsh > ~/.zfunc/_m2t   (and in ~/.zshrc, before compinit: fpath+=~/.zfunc)",
        "fish": "m2t completion fish > ~/.config/fish/completions/m2t.fish",
    }
)


@click.command("completion")
@click.argument("shell", type=click.Choice(list(_PLACES)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell. Its first lines say where to put it."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101
    script = made(ctx.find_root().command, {}, "m2t", COMPLETE_VARIABLE).source()
    # zsh needs its own line to be the first.
    first, _, rest = script.lstrip("\n").partition("\n")
    click.echo(f"{first}\n# Save this file as follows, then open a new shell:\n#   {_PLACES[shell]}\n{rest}")
