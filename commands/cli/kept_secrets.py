"""``kept``: the placeholder of a secret in an exported declaration, which means that the stored secret stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

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


def keep(document: object, shops: Mapping[str, Shop]) -> list[Fault]:
    """Replace each ``kept`` in this resolved document, in place, with the stored secret of the shop.

    In `magento.secrets` one ``kept`` stands for all stored secrets, so that new ones can be added beside it. Return a
    fault for each ``kept`` without a stored secret.
    """
    entries = document.get("shops") if isinstance(document, dict) else None
    faults: list[str] = []
    for at, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            shop = shops.get(str(entry.get("key")))
            faults.extend(f"shops[{at}].{where}" for where in _filled(entry, shop))
    return [Fault(where, "is kept, but none is stored yet; enter the secret itself") for where in faults]


def _filled(entry: dict[str, object], shop: Shop | None) -> Iterator[str]:
    """Replace the placeholders of this shop; yield the places without a stored secret."""
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
    filled = [
        secret for value in secrets for secret in (shop.magento.secrets if value == _KEPT else (value,))
    ]
    magento["secrets"] = list(dict.fromkeys(filled))
