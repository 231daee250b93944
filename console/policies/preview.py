"""What a policy's form shows beside its fields: sentences, warnings, and worked examples."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError, missing

from console.policies.review import lints
from console.policies.worked_examples import Example, examples
from console.web import current_shop
from console.web.context import console_context
from operations.formatting import number
from operations.rules.rule_versions import Edited
from policies.attribute_changes import is_noise
from policies.observed_attributes import PRICE, QUANTITY
from policies.policy_summary import NONE_OBSERVED, unobserved, warnings, will_do
from records.catalog import attribute_codes, hidden_products
from schemas.field_spec import AttributeCodes, field_specs
from schemas.synchronization_policy import SynchronizationPolicy, SynchronizationPolicySchema

ALWAYS: Final = (PRICE, QUANTITY)
CURRENCY: Final = "USD"
"""The currency of the examples while there is no shop."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the policy will do. `unobserved`: price or quantity, if the policy doesn't observe them."""

    policy: SynchronizationPolicy
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    unobserved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """Worked examples of a policy and warnings; empty if the form has errors."""

    fits: bool
    examples: Sequence[Example] = ()
    lints: Sequence[str] = ()


def explanation(document: Mapping[str, object]) -> Explanation:
    """Explain the policy of a form that may be incomplete."""
    policy = _as_it_stands(document)
    rows = list(warnings(policy))
    if policy.only_specific_attributes and not policy.observed_attributes:
        rows.insert(0, NONE_OBSERVED)
    return Explanation(policy, will_do(policy, hidden_now(policy.title)), tuple(rows), unobserved(policy))


def hidden_now(title: str) -> str:
    """Return how many products of the policy's shops are not visible individually, as text.

    For a policy that no shop uses, those of the page's shop; empty without a shop.
    """
    rulebooks, chosen = current_shop.rulebooks(), current_shop.chosen_shop()
    under = [key for key, shop in rulebooks.shops.items() if shop.synchronization_policy == title]
    keys = under or ([chosen] if chosen is not None else [])
    if not keys:
        return ""
    with console_context().database.read() as connection:
        found = hidden_products.count(connection, keys)
    return number(found.number) if found.all_of_them else f"at least {number(found.number)}"


def worked(kind: Edited, document: Mapping[str, object]) -> Worked:
    """Return examples and warnings for a form without errors."""
    try:
        policy = kind.schema().load({**document, "title": document.get("title") or "-"})
    except ValidationError:
        return Worked(False)
    shop = current_shop.chosen_shop()
    currency = current_shop.rulebooks().shops[shop].tiktok.currency if shop is not None else CURRENCY
    return Worked(True, examples(policy, currency, console_context().clock()), lints(policy))


def attribute_choices(selected: Collection[str]) -> list[str]:
    """Return the attributes received from the store and the selected ones: price and quantity first, then sorted."""
    with console_context().database.read() as connection:
        found = attribute_codes.seen_recently(connection)
    types = {
        code for shop in current_shop.rulebooks().shops.values() for code in shop.magento.attribute_types
    }
    codes = {code for code in found | types if not is_noise(code)} | set(selected)
    return [*ALWAYS, *sorted(codes - set(ALWAYS))]


def _as_it_stands(document: Mapping[str, Any]) -> SynchronizationPolicy:
    """Return the policy of a form that may have errors: an invalid field gets its default.

    Rules between fields are not validated, so that an incomplete draft can be explained.
    """
    schema = SynchronizationPolicySchema()
    fitting: dict[str, Any] = {"title": document.get("title", "")}
    for spec in field_specs(schema.policy):
        given = document.get(spec.name, missing)
        if isinstance(spec.shape, AttributeCodes):
            fitting[spec.name] = tuple(() if given is missing else given)
            continue
        with suppress(ValidationError):
            fitting[spec.name] = schema.fields[spec.name].deserialize(given)
    policy: SynchronizationPolicy = schema.policy(**fitting)
    return policy
