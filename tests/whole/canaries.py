"""Canaries: secrets that are planted to be looked for, in each form in which one might get out."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

SHORTEST_FRAGMENT = 12
"""Characters of a base64 text that no other text has by chance."""


@dataclass
class Canaries:
    """Secrets by what they are. Each holds characters that URLs and JSON write otherwise."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str) -> str:
        """A new one."""
        self.planted[what] = f"{what}+/=&{secrets.token_urlsafe(30)}"
        return self.planted[what]

    def plant_plain(self, what: str) -> str:
        """A new one of letters and digits alone."""
        self.planted[what] = secrets.token_hex(24)
        return self.planted[what]

    def plant_webhook_secret(self, what: str) -> str:
        """A new one in the form of Standard Webhooks."""
        self.planted[what] = "whsec_" + base64.b64encode(secrets.token_bytes(33)).decode()
        return self.planted[what]

    def found_in(self, value: str) -> list[str]:
        """What got out, each as what it is and in which form."""
        return [
            f"{what} ({form})"
            for what, secret in self.planted.items()
            for form, text in forms(secret)
            if text in value
        ]


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """A secret as it is, as URLs and JSON write it, and in base64 whatever stands before it."""
    yield "plain", secret
    yield "without its prefix", secret.removeprefix("whsec_")
    yield "without its spaces", secret.replace(" ", "")
    yield "url-encoded", quote(secret, safe="")
    yield "url-encoded as a path", quote(secret)
    yield "json", secret.replace("/", "\\/")
    yield "hex", secret.encode().hex()
    yield "repr of its bytes", repr(secret.encode())[2:-1]
    for before in range(3):
        for name, encode in (("base64", base64.b64encode), ("urlsafe base64", base64.urlsafe_b64encode)):
            whole = encode(b"\0" * before + secret.encode()).decode()
            fragment = whole[(0, 2, 3)[before] : len(whole) // 4 * 4 - 4]
            assert len(fragment) >= SHORTEST_FRAGMENT
            yield f"{name}, {before} bytes in", fragment


def leaks(canaries: Canaries, outlets: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """By outlet what got out there; outlets without any are left out."""
    value = outlets.items() if isinstance(outlets, Mapping) else outlets
    return {name: found for name, text in value if (found := canaries.found_in(text))}
