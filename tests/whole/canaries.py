"""Canaries: planted secrets, and the search for them in every form in which they might leak."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

SHORTEST_FRAGMENT = 12
"""Characters of a base64 text that occur in no other text by chance."""


@dataclass
class Canaries:
    """Planted secrets by name. Each contains characters that URLs and JSON encode."""

    planted: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str) -> str:
        """Return a new secret."""
        self.planted[what] = f"{what}+/=&{secrets.token_urlsafe(30)}"
        return self.planted[what]

    def plant_plain(self, what: str) -> str:
        """Return a new secret of letters and digits only."""
        self.planted[what] = secrets.token_hex(24)
        return self.planted[what]

    def plant_webhook_secret(self, what: str) -> str:
        """Return a new secret in the form of Standard Webhooks."""
        self.planted[what] = "whsec_" + base64.b64encode(secrets.token_bytes(33)).decode()
        return self.planted[what]

    def found_in(self, value: str) -> list[str]:
        """Return the secrets in this text, each with its form."""
        return [
            f"{what} ({form})"
            for what, secret in self.planted.items()
            for form, text in forms(secret)
            if text in value
        ]


def forms(secret: str) -> Iterator[tuple[str, str]]:
    """Yield name and text of each form of a secret: plain, as in URLs and JSON, and in base64 after any prefix."""
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
    """Return outlet -> leaked secrets, for the outlets that leak."""
    value = outlets.items() if isinstance(outlets, Mapping) else outlets
    return {name: found for name, text in value if (found := canaries.found_in(text))}
