"""A dead letter's value as a page shows it: masked, bounded, and open to editing only where nothing is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from console.web.masking import masked

LONGEST: Final = 20_000
SAMPLE: Final = 2_000
_LOOKED_THROUGH: Final = 200_000
"""Characters that are searched for secrets before the text is cut."""


@dataclass(frozen=True, slots=True)
class Body:
    """A value to show: its `text` and its `size` in bytes. `editable`: the text is the whole value, byte for byte."""

    text: str
    size: int
    cut: bool
    editable: bool


def body(value: bytes | None, longest: int = LONGEST) -> Body:
    """Return the value as far as it may be shown. Bytes that aren't UTF-8 are replaced, and can't be edited."""
    raw = value or b""
    text = raw.decode(errors="replace")
    hidden = masked(text[:_LOOKED_THROUGH])
    shown = hidden[:longest]
    cut = len(text) > _LOOKED_THROUGH or len(hidden) > longest
    return Body(shown, len(raw), cut, not cut and shown.encode(errors="replace") == raw)


def edited(sent: str | None, shown: Body) -> bytes | None:
    """Return the edited value of a form; None if only line endings differ from what was shown."""
    if sent is None or _one_line_end(sent) == _one_line_end(shown.text):
        return None
    return sent.encode()


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n")
