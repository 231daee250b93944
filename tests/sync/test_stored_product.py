"""What is stored of a product does not depend on the format of its bodies, nor on the order of their deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento.delivery import Accepted, accept
from policies.attribute_changes import changes
from policies.product_context import ProductContext
from policies.reasons import Reason
from policies.rulebook import Rulebook
from schemas.listing import AssignedBy
from schemas.product import Product
from schemas.product_event import ProductEvent, from_record, to_record
from sync.decide_event import EventDecision, decide_event
from tests.magento.payloads.body_formats import FORMATS, PRODUCTS, Format
from tests.policies.examples import listed, policy, template
from tests.records.examples import SIGNATURES
from tests.webhooks.examples import MAGENTO, NEW_ID, NOW, SHOP, body, signed

RULES = Rulebook(
    replace(SHOP, magento=replace(MAGENTO, website_id=1, website_view_ids=(1, 2))), policy(), (template(),)
)
OWN_VIEW, SIBLING, ELSEWHERE = 1, 2, 3
FULL = {"type_id": "simple", "attribute_set_id": "9"}
"""What a full state has, and a partial save has not."""
EMPTY = ProductContext(
    Product(shop="demo", sku="MUG-01", entity_id="7"),
    listed(template="Shirts", assigned_by=AssignedBy.POLICY),
    None,
)


@dataclass(frozen=True)
class Save:
    """A save of the mug: its format, its values, the store view, and seconds after noon by Magento's clock."""

    shape: Format
    values: Any
    view: int
    seconds: int
    is_full: bool = True

    @property
    def raw(self) -> bytes:
        """The body, with the view and the time at the product, wherever the format has it."""
        document = self.shape(self.values)
        at = (NOW + timedelta(seconds=self.seconds)).strftime("%Y-%m-%d %H:%M:%S")
        _product_in(document).update(
            {"store_id": self.view, "updated_at": at, **(FULL if self.is_full else {})}
        )
        return body(document)


def _product_in(document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a body that has the SKU."""
    while "sku" not in document:
        document = next(value for value in document.values() if isinstance(value, dict))
    return document


def delivered(save: Save, number: int) -> ProductEvent:
    """Return the event of a save that is the so-manieth delivery, through the endpoint and a record of the topic."""
    now = NOW + timedelta(seconds=1_000 + number)
    accepted = accept(
        save.raw, signed(save.raw, id_=f"msg_{number}", sent=now), RULES.shop, now, lambda: NEW_ID
    )
    assert isinstance(accepted, Accepted), accepted
    (event,) = accepted.events
    key, value, headers = to_record(event, SIGNATURES)
    return from_record(key, value, headers, SIGNATURES, partition=0)


def decided(saves: Iterable[Save], start: ProductContext = EMPTY) -> list[EventDecision]:
    """Return the decisions of these saves, delivered in this order."""
    context, found = start, []
    for number, save in enumerate(saves):
        event = delivered(save, number)
        found.append(decide_event(event, context, RULES, event.received_at, read_delay=timedelta(seconds=2)))
        context = found[-1].context
    return found


def product_after(saves: Iterable[Save]) -> Product:
    return decided(saves)[-1].context.product


def assert_same(product: Product, other: Product) -> None:
    """Both are the same product: values in both layers, identity, gates, and marks."""
    assert_same_values(product, other)
    assert product.marks == other.marks


def assert_same_values(product: Product, other: Product) -> None:
    for mine, its in ((product.default, other.default), (product.store_view, other.store_view)):
        assert mine.keys() == its.keys()
        assert changes(mine, its) == changes(its, mine) == ()
    for name in ("sku", "entity_id", "is_new", "is_child", "deleted", "status", "visibility", "seen_whole"):
        assert getattr(product, name) == getattr(other, name), name


@given(PRODUCTS)
def test_the_same_product_is_stored_the_same_in_every_body_format(values: Mapping[str, Any]) -> None:
    first, *others = (product_after([Save(shape, values, 0, 1)]) for shape in FORMATS)
    for other in others:
        assert_same(other, first)


@given(PRODUCTS, st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_another_body_format_is_no_change(values: Mapping[str, Any], before: Format, after: Format) -> None:
    """A merchant who changes the sender, or a module that sends REST bodies beside Admin's, starts no sync."""
    decisions = decided([Save(before, values, 0, 1), Save(after, values, 0, 2)])
    assert decisions[1].decision.reason in (
        Reason.NOTHING_CHANGED,
        Reason.UNREAD_GATE,
        Reason.PRODUCT_DISABLED,
        Reason.NOT_IN_WEBSITE,
        Reason.NOT_VISIBLE_INDIVIDUALLY,
        Reason.NO_LISTING_TEMPLATE_MATCHES,
    )
    assert not changes(decisions[0].context.product.attributes, decisions[1].context.product.attributes)


def saves(
    views: st.SearchStrategy[int], values: st.SearchStrategy[Any] = PRODUCTS
) -> st.SearchStrategy[list[Save]]:
    """Return two to five saves, one a second, in any formats, each a full state or a part of one."""
    made = st.builds(Save, st.sampled_from(FORMATS), values, views, st.just(0), st.booleans())
    drawn = st.lists(made, min_size=2, max_size=5)
    return drawn.map(lambda found: [replace(save, seconds=number) for number, save in enumerate(found)])


def shuffled(saves: Sequence[Save], random: Random) -> list[Save]:
    """Return the saves in another order, and one of them twice."""
    found = [*saves, random.choice(saves)]
    random.shuffle(found)
    return found


@pytest.mark.parametrize("view", [0, OWN_VIEW])
@given(st.data(), st.randoms(use_true_random=False))
def test_any_order_of_deliveries_has_the_same_end(view: int, data: st.DataObject, random: Random) -> None:
    made = data.draw(saves(st.just(view)))
    assert_same_values(product_after(shuffled(made, random)), product_after(made))


@given(PRODUCTS, PRODUCTS, st.data(), st.randoms(use_true_random=False))
def test_saves_of_a_product_that_stays_as_it_is_have_one_end_whatever_the_views_and_the_order(
    default: Mapping[str, Any], own: Mapping[str, Any], data: st.DataObject, random: Random
) -> None:
    """The shop's view has a name and a visibility of its own; a save in a view sends all that the view shows."""
    in_own_view = {**default, "name": own["name"], "visibility": own["visibility"]}
    shown = {0: default, OWN_VIEW: in_own_view, SIBLING: {**default, "name": "theirs"}, ELSEWHERE: default}
    drawn = data.draw(saves(st.sampled_from([SIBLING, ELSEWHERE]), st.none()))
    first = [Save(FORMATS[0], None, view, 0) for view in (0, OWN_VIEW)]
    every = [replace(save, values=shown[save.view]) for save in (*first, *drawn)]
    product = product_after(shuffled(every, random))
    wanted = product_after([replace(save, view=0, values=in_own_view) for save in first[:1]])
    assert (
        changes(product.attributes, wanted.attributes) == changes(wanted.attributes, product.attributes) == ()
    )
