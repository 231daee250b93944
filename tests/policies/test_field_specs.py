"""Every field of a policy is declared once, and everything that derives from the declarations has all fields."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import missing

from operations.rules.rule_versions import POLICIES
from policies.field_specs import chips, form_groups, setup_switches, value_words, values_with
from policies.policy_summary import IN_SENTENCES, will_do
from schemas.apply_file import DeclarationSchema
from schemas.field_spec import Effect, FieldSpec, PolicySchema, field_specs
from schemas.image_policy import ImagePolicy
from schemas.inventory_policy import InventoryPolicy, StockSource
from schemas.pricing_policy import Adjustment, PriceSource, PricingPolicy, Rounding
from schemas.synchronization_policy import SynchronizationPolicy, WhenLeaving
from tests.policies.examples import policy

TYPES = (SynchronizationPolicy, PricingPolicy, InventoryPolicy, ImagePolicy)
EVERY_FIELD = [(kind, spec) for kind in TYPES for spec in field_specs(kind)]
EVERY_POLICY = pytest.mark.parametrize("kind", TYPES)


def names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


@EVERY_POLICY
def test_every_field_has_a_declaration_and_is_a_key_of_apply_files(kind: type) -> None:
    schemas = {edited.schema.policy: edited for edited in POLICIES if issubclass(edited.schema, PolicySchema)}
    edited = schemas[kind]
    declared = ["title", *(spec.name for spec in field_specs(kind))]
    assert declared == names(kind)
    assert set(edited.schema().fields) == set(declared)
    in_files: Any = DeclarationSchema().fields[edited.listed]
    assert set(in_files.inner.schema.fields) == set(declared)
    assert [spec.name for spec in edited.specs] == declared[1:]


@EVERY_POLICY
def test_every_field_is_on_the_form_once_unless_it_has_a_button_elsewhere(kind: type) -> None:
    shown = [spec.name for _, specs in form_groups(kind) for spec in specs]
    elsewhere = {"paused"} if kind is SynchronizationPolicy else set()
    assert sorted([*shown, *elsewhere]) == sorted(set(names(kind)) - {"title"})


@EVERY_POLICY
def test_no_two_fields_of_a_form_have_the_same_label(kind: type) -> None:
    labels = [spec.label for spec in field_specs(kind)]
    assert len(set(labels)) == len(labels)
    assert all(labels)


@pytest.mark.parametrize(("kind", "spec"), EVERY_FIELD, ids=lambda value: getattr(value, "name", ""))
def test_a_declaration_has_and_accepts_the_default_of_the_policy(kind: type, spec: FieldSpec) -> None:
    assert getattr(kind("Plain"), spec.name) == spec.default
    value = spec.shape.schema_field(spec.default).deserialize(missing)
    assert (tuple(value) if isinstance(value, list) else value) == spec.default
    assert value_words(spec, spec.default)


@pytest.mark.parametrize(("kind", "spec"), EVERY_FIELD, ids=lambda value: getattr(value, "name", ""))
def test_what_a_field_needs_is_a_switch_of_the_same_policy(kind: type, spec: FieldSpec) -> None:
    assert not spec.needs or spec.needs in names(kind)


def test_a_field_without_a_declaration_is_named_in_the_error() -> None:
    @dataclass(frozen=True, slots=True)
    class Careless(ImagePolicy):
        watermark: bool = False

    with pytest.raises(TypeError, match=r"Careless\.watermark has no FieldSpec"):
        field_specs(Careless)


def test_every_switch_has_a_sentence() -> None:
    assert {*names(SynchronizationPolicy)} - {"title"} == IN_SENTENCES
    assert will_do(policy())


def test_the_set_up_offers_these_switches() -> None:
    assert [spec.name for spec in setup_switches(SynchronizationPolicy)] == [
        "product_upload",
        "product_update",
        "inventory_price_sync",
        "product_assign",
        "sync_not_visible_individually",
    ]


@pytest.mark.parametrize(
    ("policy", "shown"),
    [
        (SynchronizationPolicy("Off"), ()),
        (policy(), ("Upload", "Update", "Inventory/Price", "Assign")),
        (InventoryPolicy("Plain"), ("Stock item",)),
        (
            InventoryPolicy("All", StockSource.MSI, "berlin", buffer=5, threshold=3, above=9, below=0, maximum=50),
            ("berlin", "buffer 5", "threshold 3", "at most 50"),
        ),
        (InventoryPolicy("Kept", sync_out_of_stock=False), ("Stock item", "out of stock left")),
        (PricingPolicy("Plain"), ("Price",)),
        (
            PricingPolicy(
                "All",
                PriceSource.SPECIAL_PRICE,
                currency_rate=Decimal("1.1"),
                adjustment=Adjustment.PERCENT,
                adjustment_value=Decimal(10),
                rounding=Rounding.NEAREST_99,
                floor=Decimal("4.50"),
                guard_percent=Decimal(30),
            ),
            ("Special price", "× 1.1", "+10 %", "nearest .99", "floor 4.50", "guard 30 %"),
        ),
        (ImagePolicy("Plain"), ("image",)),
        (ImagePolicy("All", "main", "/none.jpg", 4), ("main", "default image", "at most 4")),
    ],
)  # fmt: skip
def test_the_list_shows_what_a_policy_sets(policy: Any, shown: tuple[str, ...]) -> None:
    assert chips(policy) == shown


def test_only_fields_with_an_effect_are_compared_for_it() -> None:
    first = policy()
    for change in ({"activity_log": False}, {"paused": True}, {"when_hidden": WhenLeaving.DEACTIVATE}):
        other = policy(**change)
        assert values_with(first, Effect.SENT) == values_with(other, Effect.SENT)
        assert values_with(first, Effect.TRIGGERS) == values_with(other, Effect.TRIGGERS)
    assert values_with(first, Effect.SENT) != values_with(policy(inventory_price_sync=False), Effect.SENT)
    assert values_with(None, Effect.SENT) == ()
