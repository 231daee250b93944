"""Mask secrets in everything that a page shows. Stored messages and bodies are masked already; this is a second line
of defence."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

MASK: Final = "<secret>"
_NAME: Final = (
    r"(?:token|secret|cipher|passw(?:or)?d|passphrase|credential|api[_-]?key|private[_-]?key|auth[_-]?code"
    r"|signature|authorization|(?:(?<![A-Za-z0-9_])|(?<=%26)|(?<=%22))sign)s?"
)
"""The endings of secrets' names, as in `access_token`, `appSecret`, `shop_cipher`, `x-tts-access-token`."""
_QUOTE: Final = r"\\*[\"']|%22|%27|&quot;|&\#34;|&\#39;"
_SPACE: Final = r"(?:\s|\\+[nrt]|%20|\+)*"
_IN_JSON: Final = re.compile(
    rf"(?P<name>{_NAME})(?P<between>(?P<quote>{_QUOTE}){_SPACE}(?::|%3A){_SPACE})"
    rf"(?:(?P<open>{_QUOTE})(?:.*?(?<!\\)(?P=open)|.*\Z)|\[[^\]]*(?:\]|\Z)|(?!null|true|false)[\w.+/=-]+)",
    re.IGNORECASE | re.DOTALL,
)
_IN_QUERY: Final = re.compile(
    rf"(?P<name>{_NAME})(?P<between>=|%(?:25)*3D)(?:(?!%(?:25)*26|%(?:25)*22)[^&\s\"'<>\\])+", re.IGNORECASE
)
_IN_HEADER: Final = re.compile(rf"(?P<name>{_NAME})(?P<between>:[ \t]*)(?![ \t])[^\r\n\"'\\]+", re.IGNORECASE)
_BY_SHAPE: Final = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]{16,}|(?:TTP|ROW|GCP)_[A-Za-z0-9_-]{12,}|(?<=Bearer )[A-Za-z0-9._~+/=-]{12,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
)
_SHAPES: Final = {"whsec_": "webhook_secret", "GCP_": "shop_cipher"}

StandIn = Callable[[str], str]
"""Returns the replacement for the secret of this name."""


def masked(text: str, stand_in: StandIn = lambda _: MASK) -> str:
    """Return the text with the value of everything that is named like a secret, or looks like one, replaced."""

    def in_json(found: re.Match[str]) -> str:
        quote = found["open"] or found["quote"]
        return f"{found['name']}{found['between']}{quote}{stand_in(_whole_name(found))}{quote}"

    def plain(found: re.Match[str]) -> str:
        return f"{found['name']}{found['between']}{stand_in(_whole_name(found))}"

    def in_header(found: re.Match[str]) -> str:
        before = found.string[max(0, found.start() - 1) : found.start()]
        return plain(found) if before in ("", "\n", "_", "-") or before.isalpha() else found[0]

    text = _IN_JSON.sub(in_json, text)
    text = _IN_QUERY.sub(plain, text)
    text = _IN_HEADER.sub(in_header, text)
    return _BY_SHAPE.sub(lambda found: stand_in(_by_shape(found[0])), text)


def _whole_name(found: re.Match[str]) -> str:
    """Return the whole name whose ending was matched."""
    end = found.end("name")
    word = re.search(r"[A-Za-z0-9_-]+\Z", found.string[max(0, end - 60) : end])
    return word[0] if word else found["name"]


def _by_shape(value: str) -> str:
    return next((name for start, name in _SHAPES.items() if value.startswith(start)), "access_token")
