"""Random acts in a Magento store with several views, decided and delivered, and compared with the model of the policy.

After each act the product must be known as the shop's view shows it in Magento, in whatever order the saves arrived. If
none was late, the act's event must have led to what the model of the policy says, and TikTok must have what the model
has. All of it is pure, so many histories are tried.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import IntEnum
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from policies.affected_by_rule_change import affected
from policies.assign import assigned_by_rules
from policies.attribute_changes import same
from policies.case import Case
from policies.product_context import ProductContext
from policies.reasons import INELIGIBLE
from policies.rulebook import Rulebook
from policies.standing import LeftAlone, Live, standing
from schemas.gates import Unread
from schemas.listing import Availability, Listing
from schemas.product import Product
from schemas.product_event import EventKind, ProductEvent
from schemas.synchronization_policy import WhenLeaving
from sync.decide_event import decide_event
from sync.desired_state import live_state
from sync.simulation import deliver
from tests.consumer.engine import TEMPLATE
from tests.policies import examples
from tests.policies.examples import at, is_
from tests.records.examples import SHOP
from tests.sync.magento_store import OTHER_VIEW, OWN_VIEW, SIBLING_VIEW, Fired, MagentoStore
from tests.sync.seed_model import CONTENT, OFFER, Rules, SeedModel, Template
from tests.sync.seed_values import FIRST_SWITCHES, FIRST_TEMPLATES, QUERIES, SWITCHES, VALUES, some

HISTORIES = 5_000 if os.environ.get("M2T_HYPOTHESIS") == "explore" else 60
FIRST: dict[str, Any] = {
    "name": "Linen shirt",
    "description": "<p>Linen, woven in Portugal.</p>",
    "color": "blue",
    "size": "M",
    "price": "20.00",
    "quantity": 5,
    "status": "1",
    "visibility": "4",
    "website_ids": ["1"],
    "attribute_set_id": "9",
}
ENTITY_ID, SKU = "41", "SHIRT-M"
FORMS: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("status", "1"): ("1", 1, "Enabled", True),
    ("status", "2"): ("2", 2, "Disabled", "0", "2.0000"),
    ("visibility", "1"): ("1", 1, "Not Visible Individually", "NOT_VISIBLE_INDIVIDUALLY"),
    ("visibility", "4"): ("4", 4, "Catalog, Search", "CATALOG_SEARCH", "4.0000"),
}
"""Forms in which senders write the same value."""


@dataclass(frozen=True)
class Save:
    """The product's form is saved in a view; `resets` are ticked *Use Default Value*. `part`: only changes are sent."""

    view: int
    changes: dict[str, Any]
    resets: frozenset[str] = frozenset()
    part: bool = False
    form: int = 0
    late: bool = False


@dataclass(frozen=True)
class Late:
    """The oldest webhook that is late arrives."""


@dataclass(frozen=True)
class Mass:
    view: int
    changes: dict[str, Any]


@dataclass(frozen=True)
class Stock:
    quantity: int


@dataclass(frozen=True)
class Websites:
    ids: list[str]


@dataclass(frozen=True)
class EditPolicy:
    switches: dict[str, Any]


@dataclass(frozen=True)
class EditTemplate:
    title: str
    category: str | None
    query: tuple[str, str] | None

    def edited(self, template: Template) -> Template:
        if template.title != self.title:
            return template
        attribute, value = self.query or (template.attribute, template.value)
        return replace(
            template, category=self.category or template.category, attribute=attribute, value=value
        )


Act = Save | Late | Mass | Stock | Websites | EditPolicy | EditTemplate


MASS = {code: VALUES[code] for code in ("status", "visibility", "price", "name", "color")}
WEBSITES = [["1"], ["1", "2"], ["2"]]
VIEWS = st.sampled_from([0, 0, 0, OWN_VIEW, OWN_VIEW, SIBLING_VIEW, OTHER_VIEW])
RESETS = st.frozensets(st.sampled_from(["name", "size", "status", "visibility", "price"]), max_size=2)
VALUES_AND_WEBSITES = {**VALUES, "website_ids": WEBSITES}
LATE = st.sampled_from([False, False, False, True])
ACT: st.SearchStrategy[Act] = st.one_of(
    st.builds(Late),
    st.builds(
        Save,
        VIEWS,
        some(VALUES_AND_WEBSITES, most=3),
        RESETS,
        st.sampled_from([False, False, True]),
        st.integers(0, 4),
        LATE,
    ),
    st.builds(Save, st.just(OWN_VIEW), some(VALUES, most=3), RESETS, st.just(False), st.integers(0, 4), LATE),
    st.builds(Mass, VIEWS, some(MASS, most=2)),
    st.builds(Stock, st.sampled_from(VALUES["quantity"])),
    st.builds(Websites, st.sampled_from(WEBSITES)),
    st.builds(EditPolicy, some(SWITCHES, most=2)),
    st.builds(
        EditTemplate,
        st.sampled_from(["Shirts", "Others"]),
        st.sampled_from([None, "600001", "600002"]),
        st.sampled_from([None, *QUERIES]),
    ),
)


@dataclass(frozen=True)
class Arrival:
    """A webhook, when its act was done, and what it says of the shop's view."""

    fired: Fired
    seconds: int
    about_view: Mapping[str, Any]


class World:
    """One product as we know it, and as the model does, side by side."""

    def __init__(self, price_scope: str, named_views: bool, rules: Rules) -> None:
        self.price_scope, self.named_views, self.rules = price_scope, named_views, rules
        self.model = SeedModel(rules)
        self.store = MagentoStore(dict(FIRST), {"price": price_scope, "status": "website"})
        self.context = ProductContext(Product("demo", None, id=1), Listing(1, "demo"))
        self._seconds = 0
        self._late: list[Arrival] = []
        self._was_late = False

    def _rulebook(self, rules: Rules) -> Rulebook:
        leaving = {
            name: WhenLeaving(value) for name, value in rules.switches.items() if name.startswith("when_")
        }
        magento = replace(
            SHOP.magento,
            price_scope=self.price_scope,
            website_view_ids=(OWN_VIEW, SIBLING_VIEW) if self.named_views else (),
            website_id=1,
        )
        templates = [
            replace(
                TEMPLATE,
                title=template.title,
                priority=template.priority,
                category_id=template.category,
                query=examples.template(query=is_(template.attribute, template.value)).query,
            )
            for template in sorted(rules.templates, key=lambda template: template.priority)
        ]
        policy = examples.policy(title="Default", **{**rules.switches, **leaving})
        return Rulebook(replace(SHOP, magento=magento), policy, tuple(templates))

    def run(self, act: Act) -> None:
        note(f"{act}")
        if isinstance(act, Mass | Stock | Websites):
            # These have no time of Magento's own, so the topic orders them: what arrives later counts as newer.
            while self._late:
                self._take(self._late.pop(0))
        self._seconds += 10
        match act:
            case EditPolicy(switches):
                self._edit(replace(self.rules, switches={**self.rules.switches, **switches}))
            case EditTemplate():
                self._edit(replace(self.rules, templates=tuple(map(act.edited, self.rules.templates))))
            case Late():
                if self._late:
                    self._take(self._late.pop(0))
            case Save(late=True):
                self._was_late = True
                fired = self._fired(act)
                self._late.append(Arrival(fired, self._seconds, self._about_view(fired)))
            case _:
                fired = self._fired(act)
                self._take(Arrival(fired, self._seconds, self._about_view(fired)))

    def _about_view(self, fired: Fired) -> dict[str, Any]:
        """Return what the event says of the shop's view."""
        shown, own, store = self.store.shown(OWN_VIEW), self.store.own[OWN_VIEW], self.store
        if fired.view == 0:
            codes = set(fired.values) - own.keys()
        elif fired.view == OWN_VIEW:
            codes = set(fired.values)
        elif fired.view == SIBLING_VIEW:
            codes = {code for code in fired.values if store.scope_of(code) in ("global", "website")}
        else:
            codes = {code for code in fired.values if store.scope_of(code) == "global"}
        return {code: shown[code] for code in shown if code in codes}

    def _fired(self, act: Save | Mass | Stock | Websites) -> Fired:
        match act:
            case Save():
                return self._saved(act)
            case Mass(view, changes):
                return self.store.mass_updated(view if self._can_be_saved_in(view) else 0, changes)
            case Stock(quantity):
                return self.store.stock(quantity)
            case Websites(ids):
                return self.store.websites(ids)

    def _saved(self, act: Save) -> Fired:
        fired = self.store.saved(
            act.view if self._can_be_saved_in(act.view, act.changes) else 0, act.changes, act.resets
        )
        values = {code: _in_words(code, value, act.form) for code, value in fired.values.items()}
        changed = act.changes.keys() | act.resets
        sent = (
            {code: value for code, value in values.items() if code in changed}
            if act.part
            else {**values, "type_id": "simple"}
        )
        return replace(fired, values=sent)

    def _can_be_saved_in(self, view: int, changes: Mapping[str, Any] | None = None) -> bool:
        """Whether Magento Admin shows the view; and whether the shop can tell that a sibling view is one."""
        websites: list[str] = self.store.values["website_ids"]
        after = (changes or {}).get("website_ids", websites)
        if view == SIBLING_VIEW:
            return self.named_views or websites == after == ["1"]
        return view != OTHER_VIEW or ("2" in websites and "2" in after)

    def _take(self, arrival: Arrival) -> None:
        event, now = self._event(arrival), at(self._seconds)
        # What a view has of its own and All Store Views has too when its save arrives, counts as inherited.
        self.store.settle(arrival.fired.view)
        expected = self.model.save(ENTITY_ID, SKU, arrival.about_view, arrival.seconds)
        decided = decide_event(
            event, self.context, self._rulebook(self.rules), now, read_delay=timedelta(seconds=2)
        )
        self.context = decided.context
        self._compare_product()
        if arrival.about_view and not self._was_late:
            assert decided.decision.action.value == expected, decided.decision.reason
        if decided.decision.is_due:
            self._deliver()
        self.model.deliver()
        self._compare_listing()

    def _event(self, arrival: Arrival) -> ProductEvent:
        fired, is_late = arrival.fired, arrival.seconds < self._seconds
        return ProductEvent(
            id=f"e{self._seconds}-{arrival.seconds}",
            shop="demo",
            kind=EventKind(fired.kind),
            received_at=at(self._seconds),
            entity_id=ENTITY_ID,
            sku=SKU if fired.names_sku else None,
            store_id=fired.view,
            attributes=dict(fired.values),
            # Without the values before the save, a late one can't say which texts the view only inherited.
            original=fired.before if is_late else None,
            updated_at=at(arrival.seconds) if fired.kind == "saved" else None,
            partition=0 if fired.names_sku else 1,
        )

    def _compare_product(self) -> None:
        product = self.context.product
        found = {
            **{code: product.value(code) for code in FIRST},
            "status": _as_stored(product.status),
            "visibility": _as_stored(product.visibility),
        }
        if self._late:
            return
        for code, value in self.store.shown(OWN_VIEW).items():
            assert same(code, found[code], value), (code, found[code], value)

    def _deliver(self) -> None:
        # A price waits until the product is on sale again, which the first delivery achieves.
        self.context, _ = deliver(self.context, self._rulebook(self.rules), {}, at(self._seconds))
        self.context, _ = deliver(self.context, self._rulebook(self.rules), {}, at(self._seconds))

    def _compare_listing(self) -> None:
        if self._was_late:
            # Meanwhile less was known than the model knows, so TikTok may have got it in other steps.
            return
        remote, listing = self.model.products[ENTITY_ID].remote, self.context.listing
        assert listing.exists is (remote is not None)
        if remote is None:
            return
        sent = listing.last_sent
        assert sent.content and sent.price and sent.stock
        attributes = {each["id"]: each["values"][0]["name"] for each in sent.content["product_attributes"]}
        shown = {
            "name": sent.content["title"],
            "color": attributes["100392"],
            "size": attributes["100393"],
            "category": sent.content["category_id"],
            "price": sent.price[SKU].amount,
            "quantity": sum(sent.stock[SKU].values()),
        }
        assert shown == {name: remote.shown[name] for name in (*CONTENT, "category", *OFFER)}
        assert (sent.availability is Availability.LIVE) is (remote.status == "ACTIVATE")

    def _edit(self, rules: Rules) -> None:
        """Store an edit of the rules, and make due what the resync job makes due."""
        rules = allowed(rules)
        before, after, now = self._rulebook(self.rules), self._rulebook(rules), at(self._seconds)
        self.rules = rules
        self.model.edit(rules)
        context = self.context
        due = affected(before, after, context, lambda book, live: live_state(context, book, live, now), now)
        listing = assigned_by_rules(context.product, context.listing, after)
        self.context = replace(context, listing=listing)
        if due:
            stands = standing(self.context, after)
            if not isinstance(stands, LeftAlone):
                self.context = replace(self.context, baseline=Case.of(self.context, after, now).current)
            if not isinstance(stands, Live) and stands.reason in INELIGIBLE and listing.listed:
                since = listing.ineligible_since or now
                self.context = replace(self.context, listing=replace(listing, ineligible_since=since))
            self._deliver()
        self.model.deliver()
        self._compare_listing()


def _as_stored(gate: IntEnum | Unread) -> object:
    return gate.value if isinstance(gate, Unread) else str(int(gate))


def _in_words(code: str, value: object, form: int) -> object:
    """Return the value in one of the forms in which senders write it."""
    forms = FORMS.get((code, str(value)), (value,))
    return forms[form % len(forms)]


def allowed(rules: Rules) -> Rules:
    """Return the rules with Inventory/Price Sync off if Product Update, which it needs, is."""
    on = rules["inventory_price_sync"] and rules["product_update"]
    return replace(rules, switches={**rules.switches, "inventory_price_sync": on})


@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["global", "website"]),
    st.booleans(),
    FIRST_SWITCHES,
    st.lists(ACT, min_size=4, max_size=14),
)
def test_the_product_is_known_as_its_view_shows_it(
    price_scope: str, named_views: bool, switches: dict[str, Any], acts: list[Act]
) -> None:
    note(f"{switches}")
    world = World(price_scope, named_views, allowed(Rules(switches, FIRST_TEMPLATES)))
    for act in (Save(0, {}), *acts, *[Late() for act in acts]):
        world.run(act)
