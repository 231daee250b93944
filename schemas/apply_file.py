"""The file that `m2t apply` reads: shops, policies and templates, every fault reported at once and at its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from schemas.listing_template import ListingTemplate, ListingTemplateSchema
from schemas.secret import Secret
from schemas.shop import Shop, ShopSchema
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: where, as ``shops[0].tiktok.region``; what is allowed; and the value, where it is no secret."""

    where: str
    message: str
    value: object = None

    def __str__(self) -> str:
        told = "" if self.value is None or isinstance(self.value, dict | list) else f" (found {self.value!r})"
        return f"{self.where}: {self.message}{told}"


class InvalidDocument(Exception):
    """The file has faults; nothing of it was applied."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            "\n".join([f"{self.__doc__} {len(faults)} to mend:", *(f"  {one}" for one in faults)])
        )
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an apply file declares."""

    synchronization_policies: tuple[SynchronizationPolicy, ...] = ()
    listing_templates: tuple[ListingTemplate, ...] = ()
    shops: tuple[Shop, ...] = ()


class DeclarationSchema(Schema):
    """The whole file."""

    class Meta:
        unknown = RAISE

    synchronization_policies = fields.List(fields.Nested(SynchronizationPolicySchema), load_default=list)
    listing_templates = fields.List(fields.Nested(ListingTemplateSchema), load_default=list)
    shops = fields.List(fields.Nested(ShopSchema), load_default=list)


def load_declaration(document: object, known_policies: Sequence[str] = ()) -> Declaration:
    """The declaration of a parsed file whose references are already resolved.

    `known_policies` are the titles of policies that exist beside those of the file. Raises `InvalidDocument`.
    """
    if not isinstance(document, Mapping):
        raise InvalidDocument(
            [Fault("file", "is not a mapping of synchronization_policies, listing_templates, shops")]
        )
    faults: list[Fault] = []
    try:
        loaded = DeclarationSchema().load(document)
    except ValidationError as error:
        faults = list(_faults(error.normalized_messages(), document))
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    faults.extend(_repeats(document))
    faults.extend(_unknown_policies(document, known_policies))
    if faults:
        raise InvalidDocument(faults)
    return Declaration(**{kind: tuple(declared) for kind, declared in loaded.items()})


def _faults(messages: Any, document: Any, where: str = "") -> Iterator[Fault]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if key == "_schema":
                yield from _faults(inner, document, where)
            elif isinstance(key, int):
                yield from _faults(inner, _at(document, key), f"{where}[{key}]")
            else:
                yield from _faults(inner, _at(document, key), f"{where}.{key}" if where else str(key))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _faults(inner, document, where)
    else:
        quiet = isinstance(document, Secret) or repr(document) in str(messages) or _is_secret(where)
        yield Fault(where or "file", str(messages), None if quiet else document)


def _at(document: Any, key: object) -> Any:
    try:
        return document[key]
    except (KeyError, IndexError, TypeError):
        return None


def _is_secret(where: str) -> bool:
    return any(word in where.rpartition(".")[2] for word in ("secret", "token"))


def _entries(document: Mapping[Any, Any], kind: str) -> list[tuple[int, Mapping[Any, Any]]]:
    listed = document.get(kind)
    return [
        (at, one)
        for at, one in enumerate(listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping)
    ]


def _repeats(document: Mapping[Any, Any]) -> Iterator[Fault]:
    for kind, name in (
        ("synchronization_policies", "title"),
        ("listing_templates", "title"),
        ("shops", "key"),
    ):
        entries = _entries(document, kind)
        times = Counter(str(one.get(name)) for _, one in entries)
        for at, one in entries:
            if times[str(one.get(name))] > 1:
                yield Fault(f"{kind}[{at}].{name}", "is given more than once in this file", one.get(name))


def _unknown_policies(document: Mapping[Any, Any], known: Sequence[str]) -> Iterator[Fault]:
    titles = {one.get("title") for _, one in _entries(document, "synchronization_policies")} | set(known)
    for at, shop in _entries(document, "shops"):
        named = shop.get("synchronization_policy")
        if isinstance(named, str) and named not in titles:
            listed = ", ".join(sorted(map(repr, titles))) or "none yet"
            yield Fault(
                f"shops[{at}].synchronization_policy",
                f"names no synchronization policy; there is {listed}",
                named,
            )
