"""Policy fields that exist during a test: only their declarations and a rule, as a new field needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from policies.template_policies import inventory
from policies.template_policies.inventory import StockLevel
from schemas.field_spec import Effect, FieldSpec, PolicySchema, Switch, keys_of, policy_field
from schemas.inventory_policy import QUANTITY, QUANTITY_RANGE, InventoryPolicy, InventoryPolicySchema
from schemas.product import Product
from schemas.synchronization_policy import PRODUCTS, SynchronizationPolicy, SynchronizationPolicySchema
from tiktok.listing import price_and_stock

RESERVE = "Pieces that the shop's own counter sells."


@dataclass(frozen=True, slots=True)
class WithReserve(InventoryPolicy):
    """An inventory policy that keeps pieces back for the counter."""

    reserve: int = policy_field(
        default=0, spec=FieldSpec("Reserve", RESERVE, QUANTITY, QUANTITY_RANGE, frozenset({Effect.SENT}))
    )


@dataclass(frozen=True, slots=True)
class WithHolidays(SynchronizationPolicy):
    """A synchronization policy with one more switch, which the set-up offers."""

    rest_on_holidays: bool = policy_field(
        default=False,
        spec=FieldSpec(
            "Rest on holidays",
            "Nothing is sent on a public holiday.",
            PRODUCTS,
            Switch(),
            frozenset({Effect.TRIGGERS}),
            in_setup=True,
        ),
    )


def stock_level_with_reserve(product: Product, policy: InventoryPolicy) -> StockLevel | None:
    """Return the stock level with the reserve taken off."""
    made = inventory.stock_level(product, policy)
    reserve = policy.reserve if isinstance(policy, WithReserve) else 0
    return made and replace(made, sent=max(made.sent - reserve, 0))


def add_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a reserve to inventory policies, with its rule, and a switch to synchronization policies."""
    _declare(monkeypatch, InventoryPolicySchema, WithReserve)
    _declare(monkeypatch, SynchronizationPolicySchema, WithHolidays)
    monkeypatch.setattr(price_and_stock, "stock_level", stock_level_with_reserve)


def _declare(monkeypatch: pytest.MonkeyPatch, schema: type[PolicySchema], policy: type) -> None:
    """Do what the schema's class statement does for a field that is written in the policy itself."""
    monkeypatch.setattr(schema, "policy", policy)
    monkeypatch.setattr(schema, "_declared_fields", {**schema._declared_fields, **keys_of(policy)})
