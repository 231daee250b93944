"""Which attribute codes a policy, a query or a mapping may name: those that Magento can send.

Known are Magento's own attributes, those that a shop's settings name, and those that any stored product has. A code
that is none of them never counts, so it is refused, with the nearest known one; but as long as no product was received,
it may be the merchant's own, and only a warning says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from policies.attribute_changes import is_noise
from schemas.attributes import MAGENTO_ATTRIBUTES, SYNONYMS

_SIMILAR: Final = 0.6
"""difflib's ratio of letters in common."""


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """The codes that are known: `declared` in the settings of shops, `received` in stored products.

    `certain`: products were received, and none has any other code that was asked for.
    """

    declared: frozenset[str] = frozenset()
    received: frozenset[str] = frozenset()
    certain: bool = False

    def __contains__(self, code: str) -> bool:
        return code in MAGENTO_ATTRIBUTES or code in self.declared or code in self.received

    def nearest(self, code: str) -> str | None:
        """Return the known code that is most like this one; None where none is like it."""
        if code in SYNONYMS:
            return SYNONYMS[code]
        every = sorted(MAGENTO_ATTRIBUTES | self.declared | self.received)
        return next(iter(get_close_matches(code, every, n=1, cutoff=_SIMILAR)), None)

    def unknown(self, code: str) -> str:
        """Return a sentence about a code that is not known."""
        near = self.nearest(code)
        like = f"Did you mean {near!r}?" if near is not None else "Check its code in Magento Admin."
        if self.certain:
            return f"No product that Magento sent has an attribute {code!r}. {like}"
        return f"No product with an attribute {code!r} was received from Magento yet. {like}"


def doubtful(codes: Iterable[str], declared: Collection[str]) -> frozenset[str]:
    """Return the codes that are known only if a stored product has them."""
    return frozenset(code for code in codes if code not in MAGENTO_ATTRIBUTES and code not in declared)


def never_observed(code: str) -> str | None:
    """Return why a change of this key never starts a sync; None where it may."""
    if not is_noise(code):
        return None
    return f"{code!r} changes with every save or is no attribute, so its changes are never counted. Choose another one."
