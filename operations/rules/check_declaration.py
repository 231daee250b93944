"""Check a declaration against what Magento has sent: attribute codes that do not exist, and values that can't match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import Connection

from policies.attribute_changes import type_of
from policies.attributes.known_codes import KnownCodes, doubtful, never_observed
from policies.attributes.row_values import matches_nothing, value_fault
from policies.rulebook import Rulebooks
from records.catalog import attribute_codes
from schemas.apply_file import Declaration, Fault, InvalidDocument
from schemas.attributes import ATTRIBUTE_TYPES
from schemas.query_condition import Condition, Row
from schemas.shop import Shop

Shops: TypeAlias = Mapping[str, Shop]

_SOURCES: Final = {
    "pricing_policies": "attribute",
    "inventory_policies": "attribute",
    "image_policies": "main_image_attribute",
}
"""A list of a declaration -> the field of its policies that names an attribute."""


@dataclass(frozen=True, slots=True)
class Use:
    """An attribute code in a declaration, and its place, such as ``listing_templates[0].attributes[2]``."""

    where: str
    code: str


def check_declaration(
    connection: Connection, declaration: Declaration, before: Rulebooks
) -> tuple[Fault, ...]:
    """Return warnings about what is allowed, but may not be intended. Raises `InvalidDocument` with all faults.

    The search for a code in the stored products takes `attribute_codes.SECONDS` at most, and only codes that neither
    Magento nor a shop's settings declare are searched for.
    """
    faults, warnings = _check(connection, declaration, before)
    if faults:
        raise InvalidDocument(faults)
    return tuple(warnings)


def check_stored(connection: Connection, rulebooks: Rulebooks) -> Iterator[tuple[str, str]]:
    """Yield what would be refused or warned about if the stored rules were declared now: the document, and the words.

    Earlier versions stored what is refused today, and a product's attributes come and go.
    """
    declaration = Declaration(
        synchronization_policies=tuple(stored.policy for stored in rulebooks.policies.values()),
        listing_templates=rulebooks.templates,
        **{listed: tuple(getattr(rulebooks.template_policies, listed).values()) for listed in _SOURCES},
    )
    faults, warnings = _check(connection, declaration, rulebooks)
    for fault in (*faults, *warnings):
        listed, _, place = fault.where.partition("[")
        title = getattr(declaration, listed)[int(place.partition("]")[0])].title
        kind = "template" if listed == "listing_templates" else "policy"
        yield f"{kind} {title!r}", fault.message


def _check(
    connection: Connection, declaration: Declaration, before: Rulebooks
) -> tuple[list[Fault], list[Fault]]:
    """Return the faults and the warnings."""
    shops = {**before.shops, **{shop.key: shop for shop in declaration.shops}}
    rows = list(_rows_of(declaration))
    uses = [*_uses(declaration), *(Use(f"{where}.attribute", row.attribute) for where, row in rows)]
    codes = _known_codes(connection, {use.code for use in uses}, _declared(shops))
    unknown = [Fault(use.where, codes.unknown(use.code)) for use in uses if use.code not in codes]
    faults = [*_never_observed(declaration), *_wrong_values(rows, shops)]
    nothing = [Fault(where, words) for where, row in rows if (words := matches_nothing(row)) is not None]
    own = [*_never_received(connection, declaration, before.shops), *_types_of_magento(declaration), *nothing]
    if codes.certain:
        return [*faults, *unknown], own
    return faults, [*unknown, *own]


def _never_received(connection: Connection, declaration: Declaration, before: Shops) -> Iterator[Fault]:
    """Yield the attributes that a shop's settings name for the first time, and that no received product has."""
    named = [
        Use(f"shops[{place}].magento.{name}.{code}", code)
        for place, shop in enumerate(declaration.shops)
        for name in ("attribute_types", "attribute_scopes")
        for code in getattr(shop.magento, name)
    ]
    codes = _known_codes(connection, {use.code for use in named}, _declared(before))
    if codes.certain:
        yield from (Fault(use.where, codes.unknown(use.code)) for use in named if use.code not in codes)


def _types_of_magento(declaration: Declaration) -> Iterator[Fault]:
    """Yield the attributes of Magento's own that a shop gives another type."""
    for place, shop in enumerate(declaration.shops):
        for code, type_ in shop.magento.attribute_types.items():
            own = ATTRIBUTE_TYPES.get(code, type_)
            if own is not type_:
                where = f"shops[{place}].magento.attribute_types.{code}"
                yield Fault(
                    where,
                    f"{code!r} is Magento's own attribute, of type {own}; as {type_} it is compared otherwise. Leave "
                    "it out, unless your store has changed its type.",
                )


def _declared(shops: Shops) -> frozenset[str]:
    named = (
        shop.magento.attribute_types.keys() | shop.magento.attribute_scopes.keys() for shop in shops.values()
    )
    return frozenset().union(*named)


def _known_codes(connection: Connection, codes: set[str], declared: frozenset[str]) -> KnownCodes:
    to_find = doubtful(codes, declared)
    if not to_find:
        return KnownCodes(declared)
    found = attribute_codes.search(connection, to_find)
    if to_find <= found.codes:
        return KnownCodes(declared, found.codes)
    recent = attribute_codes.seen_recently(connection)
    return KnownCodes(declared, found.codes | recent, found.certain)


def _uses(declaration: Declaration) -> Iterator[Use]:
    """Yield the attributes that policies observe or read, and those of mappings."""
    for listed, name in _SOURCES.items():
        for place, policy in enumerate(getattr(declaration, listed)):
            code: str | None = getattr(policy, name)
            if code is not None:
                yield Use(f"{listed}[{place}].{name}", code)
    for place, synchronization in enumerate(declaration.synchronization_policies):
        for at, code in enumerate(synchronization.observed_attributes):
            yield Use(f"synchronization_policies[{place}].observed_attributes[{at}]", code)
    for place, template in enumerate(declaration.listing_templates):
        for at, mapping in enumerate(template.attributes):
            if mapping.magento_attribute is not None:
                where = f"listing_templates[{place}].attributes[{at}].magento_attribute"
                yield Use(where, mapping.magento_attribute)


def _rows_of(declaration: Declaration) -> Iterator[tuple[str, Row]]:
    for place, template in enumerate(declaration.listing_templates):
        yield from _rows(template.query, f"listing_templates[{place}].query")


def _rows(condition: Condition, where: str) -> Iterator[tuple[str, Row]]:
    if isinstance(condition, Row):
        yield where, condition
        return
    for place, inner in enumerate(condition.conditions):
        yield from _rows(inner, f"{where}.conditions[{place}]")


def _never_observed(declaration: Declaration) -> Iterator[Fault]:
    for place, policy in enumerate(declaration.synchronization_policies):
        for at, code in enumerate(policy.observed_attributes):
            if (words := never_observed(code)) is not None:
                yield Fault(f"synchronization_policies[{place}].observed_attributes[{at}]", words)


def _wrong_values(rows: list[tuple[str, Row]], shops: Shops) -> Iterator[Fault]:
    for where, row in rows:
        declared = [shop.magento.attribute_types for shop in shops.values()] or [{}]
        words = value_fault(row, [type_of(row.attribute, types) for types in declared])
        if words is not None:
            yield Fault(f"{where}.value", words)
