"""``kept``: what an exported declaration says in place of a secret. What the shop holds there stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemas.apply_file import Fault
from schemas.secret import Secret
from schemas.shop import Shop

KEPT: Final = "kept"
_KEPT = Secret(KEPT)
_SINGLE: Final = (
    ("magento", "token"),
    ("tiktok", "app_secret"),
    ("tiktok", "access_token"),
    ("tiktok", "refresh_token"),
)


def keep(document: Any, fields: Mapping[str, Shop]) -> list[Fault]:
    """Put the secrets that the shops hold in the place of each ``kept``, in this resolved document.

    In `magento.secrets` one ``kept`` stands for all that are held, so that others can be listed beside it. The faults
    are those of a ``kept`` where the shop holds nothing.
    """
    entries = document.get("shops") if isinstance(document, dict) else None
    faults: list[str] = []
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            shop = fields.get(str(entry.get("key")))
            faults.extend(f"shops[{at}].{where}" for where in _filled(entry, shop))
    return [Fault(where, "is kept, but the shop holds none yet; say the secret itself") for where in faults]


def _filled(entry: dict[str, Any], shop: Shop | None) -> Iterator[str]:
    """Fill this entry's; yields the places where nothing is held."""
    for part, name in _SINGLE:
        value = entry.get(part)
        if isinstance(value, dict) and value.get(name) == _KEPT:
            secret = getattr(getattr(shop, part), name) if shop is not None else None
            if not secret:
                yield f"{part}.{name}"
            else:
                value[name] = secret
    magento = entry.get("magento")
    secrets = magento.get("secrets") if isinstance(magento, dict) else None
    if not isinstance(magento, dict) or not isinstance(secrets, list) or _KEPT not in secrets:
        return
    if shop is None:
        yield f"magento.secrets[{secrets.index(_KEPT)}]"
        return
    filled = [one for value in secrets for one in (shop.magento.secrets if value == _KEPT else (value,))]
    magento["secrets"] = list(dict.fromkeys(filled))
