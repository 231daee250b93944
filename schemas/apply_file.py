"""The file that `m2t apply` reads: shops, policies and templates. All faults are reported at once, with places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from marshmallow import RAISE, Schema, ValidationError, fields

from schemas.field_spec import ATTRIBUTE_CODE
from schemas.image_policy import ImagePolicy, ImagePolicySchema
from schemas.inventory_policy import InventoryPolicy, InventoryPolicySchema
from schemas.listing_template import ListingTemplate, ListingTemplateSchema
from schemas.pricing_policy import PricingPolicy, PricingPolicySchema
from schemas.secret import Secret
from schemas.shop import STANDARD_SENDER, Shop, ShopSchema
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema
from schemas.template_policies import KINDS

LONGEST_KEY = 32
"""Characters. A longer key is not quoted in messages, because it may be a secret written in the wrong place."""
UNKNOWN = "Unknown field."
"""Marshmallow's message about an unknown field. The value is not quoted: it may be a secret under a misspelt name."""
_KEY = re.compile(rf"[A-Za-z0-9_ -]{{1,{LONGEST_KEY}}}\Z")

ExistingTitles: TypeAlias = Mapping[str, Collection[str]]
"""Name of a list in the file -> titles of the policies that exist already."""

SenderSettings: TypeAlias = Mapping[str, Mapping[str, bool]]
"""Name of a sender -> its own settings, each with whether it is required."""

ONLY_STANDARD: Final[SenderSettings] = {STANDARD_SENDER: {}}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file: its place (``shops[0].tiktok.region``), what is allowed, and the value if not secret."""

    where: str
    message: str
    value: object = None

    def __str__(self) -> str:
        value = (
            "" if self.value is None or isinstance(self.value, dict | list) else f" (found {self.value!r})"
        )
        return f"{self.where}: {self.message}{value}"


class InvalidDocument(Exception):
    """The file has faults; nothing of it was applied."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            "\n".join([f"{self.__doc__} {len(faults)} to fix:", *(f"  {fault}" for fault in faults)])
        )
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an apply file declares."""

    synchronization_policies: tuple[SynchronizationPolicy, ...] = ()
    pricing_policies: tuple[PricingPolicy, ...] = ()
    inventory_policies: tuple[InventoryPolicy, ...] = ()
    image_policies: tuple[ImagePolicy, ...] = ()
    listing_templates: tuple[ListingTemplate, ...] = ()
    shops: tuple[Shop, ...] = ()


class DeclarationSchema(Schema):
    """The whole file."""

    class Meta:
        unknown = RAISE

    synchronization_policies = fields.List(fields.Nested(SynchronizationPolicySchema), load_default=list)
    pricing_policies = fields.List(fields.Nested(PricingPolicySchema), load_default=list)
    inventory_policies = fields.List(fields.Nested(InventoryPolicySchema), load_default=list)
    image_policies = fields.List(fields.Nested(ImagePolicySchema), load_default=list)
    listing_templates = fields.List(fields.Nested(ListingTemplateSchema), load_default=list)
    shops = fields.List(fields.Nested(ShopSchema), load_default=list)


def shown_key(key: object, quote: str = "'") -> str:
    """Return a key as a message may quote it.

    Of ``app_secret:abc``, a key and a value written without the space, only the name is quoted.
    """
    text = str(key)
    name, colon, _ = text.partition(":")
    if _KEY.match(text):
        return f"{quote}{text}{quote}"
    return f"{quote}{name}:...{quote}" if colon and _KEY.match(name) else f"{quote}...{quote}"


def load_declaration(
    document: object, existing: ExistingTitles | None = None, senders: SenderSettings = ONLY_STANDARD
) -> Declaration:
    """Return the declaration of a parsed file whose references are already resolved. Raises `InvalidDocument`.

    A shop may name any of `senders`; callers that read shops of merchants pass `magento.senders.settings()`.
    """
    if not isinstance(document, Mapping):
        raise InvalidDocument([Fault("file", f"is not a mapping of {', '.join(DeclarationSchema().fields)}")])
    faults: list[Fault] = []
    try:
        loaded = DeclarationSchema().load(document)
    except ValidationError as error:
        faults = list(_faults(error.normalized_messages(), document))
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    faults.extend(_repeats(document))
    faults.extend(_unknown_policies(document, existing or {}))
    faults.extend(_wrong_senders(document, senders))
    faults.extend(_wrong_entries(document))
    if faults:
        raise InvalidDocument(faults)
    return Declaration(**{kind: tuple(declared) for kind, declared in loaded.items()})


def _faults(messages: object, document: object, where: str = "") -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if key == "_schema":
                yield from _faults(inner, document, where)
            elif key in ("key", "value") and not isinstance(document, Mapping):
                # Marshmallow's own names for the two sides of an entry, such as that of attribute_types.
                yield from _faults(inner, document, where)
            elif isinstance(key, int):
                yield from _faults(inner, _at(document, key), f"{where}[{key}]")
            else:
                name = shown_key(key, quote="")
                yield from _faults(inner, _at(document, key), f"{where}.{name}" if where else name)
    elif isinstance(messages, list):
        for inner in messages:
            yield from _faults(inner, document, where)
    else:
        unknown = messages == UNKNOWN and isinstance(document, str)
        quiet = (
            isinstance(document, Secret) or repr(document) in str(messages) or _is_secret(where) or unknown
        )
        yield Fault(where or "file", str(messages), None if quiet else document)


def _at(document: object, key: object) -> object:
    """Return the document's value at a key or an index; None where it has none."""
    if isinstance(document, Mapping):
        return document.get(key)
    if isinstance(document, list) and isinstance(key, int) and key < len(document):
        return document[key]
    return None


def _is_secret(where: str) -> bool:
    return any(word in where.rpartition(".")[2] for word in ("secret", "token"))


def _entries(document: Mapping[object, object], kind: str) -> list[tuple[int, Mapping[object, object]]]:
    listed = document.get(kind)
    return [
        (at, entry)
        for at, entry in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(entry, Mapping)
    ]


def _repeats(document: Mapping[object, object]) -> Iterator[Fault]:
    for kind in DeclarationSchema().fields:
        name = "key" if kind == "shops" else "title"
        entries = _entries(document, kind)
        times = Counter(str(entry.get(name)) for _, entry in entries)
        for at, entry in entries:
            if times[str(entry.get(name))] > 1:
                yield Fault(f"{kind}[{at}].{name}", "is given more than once in this file", entry.get(name))


def _unknown_policies(document: Mapping[object, object], existing: ExistingTitles) -> Iterator[Fault]:
    naming = [("shops", "synchronization_policy", "synchronization_policies", "synchronization policy")]
    naming += [("listing_templates", kind.field, kind.listed, kind.words) for kind in KINDS]
    for where, field, policies, words in naming:
        names = {str(policy.get("title")) for _, policy in _entries(document, policies)}
        titles = names | set(existing.get(policies, ()))
        for at, entry in _entries(document, where):
            named = entry.get(field)
            if isinstance(named, str) and named not in titles:
                listed = ", ".join(sorted(map(repr, titles))) or "none yet"
                yield Fault(f"{where}[{at}].{field}", f"names no {words}; there is {listed}", named)


def _wrong_entries(document: Mapping[object, object]) -> Iterator[Fault]:
    """Yield what is wrong in the lists of a store, but may be in shops that an earlier version stored."""
    for at, shop in _entries(document, "shops"):
        magento = shop.get("magento")
        if not isinstance(magento, Mapping):
            continue
        where = f"shops[{at}].magento"
        for name in ("attribute_types", "attribute_scopes"):
            for code in _mapping(magento, name):
                if not ATTRIBUTE_CODE.match(str(code)):
                    words = f"{shown_key(code)} is not an attribute code (a-z, 0-9, _)"
                    yield Fault(f"{where}.{name}.{shown_key(code, quote='')}", words)
        for category, parent in _mapping(magento, "category_parents").items():
            if category == parent:
                yield Fault(f"{where}.category_parents.{category}", "a category is not above itself")


def _mapping(magento: Mapping[object, object], name: str) -> Mapping[object, object]:
    value = magento.get(name)
    return value if isinstance(value, Mapping) else {}


def _wrong_senders(document: Mapping[object, object], senders: SenderSettings) -> Iterator[Fault]:
    for at, shop in _entries(document, "shops"):
        magento = shop.get("magento")
        name = magento.get("sender") if isinstance(magento, Mapping) else None
        if not isinstance(magento, Mapping) or not isinstance(name, str):
            continue
        where = f"shops[{at}].magento"
        if name not in senders:
            yield Fault(f"{where}.sender", f"not known; choose one of {', '.join(sorted(senders))}", name)
            continue
        given = magento.get("sender_settings") or {}
        if not isinstance(given, Mapping):
            continue
        for setting in given.keys() - senders[name].keys():
            key = shown_key(setting, quote="")
            yield Fault(f"{where}.sender_settings.{key}", f"is not a setting of the sender {name}")
        for setting, required in senders[name].items():
            if required and not given.get(setting):
                yield Fault(f"{where}.sender_settings.{setting}", f"is required for the sender {name}")
