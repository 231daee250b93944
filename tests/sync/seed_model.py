"""An independent model of the synchronization policy: what TikTok should show after each thing that happens.

It is written from the merchant's description of the policy alone. It imports none of the rules, and keeps products,
listings and TikTok in plain values, so that it shares no mistake with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

CONTENT = ("name", "color", "size")
OFFER = ("price", "quantity")
LEAVING = {
    "deleted": "when_deleted",
    "disabled": "when_disabled",
    "other_website": "when_disabled",
    "hidden": "when_hidden",
    "unmatched": "when_unmatched",
}
"""Why a product should not be sold, in the order in which it is asked, and the field that says what happens then."""
UNREAD = "retired"
"""A status or visibility that is none of Magento's: it lets nothing through, and TikTok stays as it is."""


@dataclass(frozen=True)
class Template:
    """A listing template whose query is *attribute is value*."""

    title: str
    priority: int
    category: str
    attribute: str
    value: str

    def matches(self, values: Mapping[str, Any]) -> bool:
        return str(values.get(self.attribute)) == self.value


@dataclass(frozen=True)
class Rules:
    """The switches of the policy by field name, and the templates."""

    switches: Mapping[str, Any]
    templates: tuple[Template, ...]

    def __getitem__(self, switch: str) -> Any:
        return self.switches[switch]

    def winner(self, values: Mapping[str, Any]) -> Template | None:
        matching = [template for template in self.templates if template.matches(values)]
        return min(matching, key=lambda template: template.priority, default=None)

    def named(self, title: str | None) -> Template | None:
        return next((template for template in self.templates if template.title == title), None)


@dataclass
class Remote:
    """A product on TikTok. `zeroed`: its stock was set to 0 to take it off sale."""

    sku: str
    owner: str
    shown: dict[str, Any]
    status: str = "ACTIVATE"
    zeroed: bool = False

    def seen(self) -> tuple[Any, ...]:
        return (self.status, *(self.shown[name] for name in (*CONTENT, "category", *OFFER)))


@dataclass
class Item:
    """A Magento product as far as its events go, with its listing."""

    entity_id: str
    sku: str
    new: bool
    values: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, float] = field(default_factory=dict)
    deleted: bool = False
    remote: Remote | None = None
    gone: bool = False
    baseline: dict[str, Any] | None = None
    template: str | None = None
    assigned: bool = False
    ineligible: bool = False
    refused: bool = False
    due: bool = False


@dataclass(frozen=True)
class Stand:
    """What a product should be: ``live`` by a template, taken ``down`` somehow, or left ``alone``; and why."""

    kind: str
    why: str = ""
    how: str = ""
    template: Template | None = None


class SeedModel:
    """Products, rules and TikTok. Events decide, and make products due; `deliver` does what is due."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.products: dict[str, Item] = {}
        self.tiktok: list[Remote] = []

    # What a product should be

    def stand(self, item: Item, rules: Rules, title: str | None) -> Stand:
        """Return what the product should be under these rules, with the template of this title if there is one."""
        listed = item.remote is not None
        if listed and not rules["product_update"]:
            return Stand("alone", "update_off")
        if (why := self._why_leaving(item, rules)) == "unread":
            return Stand("alone", why)
        if why is not None:
            how = rules[LEAVING[why]]
            return Stand("down", why, how) if listed and how != "keep" else Stand("alone", why)
        if not listed and (not rules["product_upload"] or item.gone or not item.new):
            return Stand("alone", "not_uploaded")
        return Stand("live", template=rules.named(title) or rules.winner(item.values))

    def _why_leaving(self, item: Item, rules: Rules) -> str | None:
        values = item.values
        shows_hidden = rules["sync_not_visible_individually"]
        questions = [
            ("deleted", item.deleted),
            ("disabled", values.get("status") == "2"),
            ("unread", values.get("status") == UNREAD),
            ("other_website", "1" not in values.get("website_ids", ())),
            ("hidden", values.get("visibility") == "1" and not shows_hidden),
            ("unread", values.get("visibility") == UNREAD and not shows_hidden),
            ("unmatched", rules.winner(values) is None),
        ]
        return next((why for why, holds in questions if holds), None)

    def _assignment(self, item: Item, rules: Rules) -> tuple[str | None, bool]:
        """Return the template's title and whether it is an assignment, after Product Assign."""
        if not rules["product_assign"]:
            return item.template, item.assigned
        own = rules.named(item.template)
        if item.assigned and own is not None and own.matches(item.values):
            return item.template, True
        best = rules.winner(item.values)
        return (best.title, True) if best else (item.template, item.assigned)

    def _passes(self, item: Item, rules: Rules) -> bool:
        """Whether what changed since the baseline syncs the product."""
        if item.baseline is None:
            return True
        changed = {name for name in item.values if item.values[name] != item.baseline.get(name)}
        if rules["only_specific_attributes"]:
            return bool(changed & set(rules["observed_attributes"]))
        return bool(changed - set(OFFER)) or (bool(changed) and rules["inventory_price_sync"])

    # Events

    def save(
        self, entity_id: str, sku: str, values: Mapping[str, Any], at: float, *, existed: bool = False
    ) -> str:
        """Take a save made at this time. Return what is decided."""
        item = self.products.setdefault(entity_id, Item(entity_id, sku, new=not existed))
        newer = {name: value for name, value in values.items() if at >= item.marks.get(name, 0)}
        if item.deleted or not newer:
            return "skip"
        item.values.update(newer)
        item.marks.update(dict.fromkeys(newer, at))
        return self._decide(item)

    def delete(self, entity_id: str, sku: str) -> str:
        item = self.products.setdefault(entity_id, Item(entity_id, sku, new=False))
        item.deleted = True
        self._let_go(item)
        return self._decide(item)

    def _decide(self, item: Item) -> str:
        before = item.template
        item.template, item.assigned = self._assignment(item, self.rules)
        stand = self.stand(item, self.rules, item.template)
        listed = item.remote is not None
        if listed and stand.why in LEAVING:
            item.ineligible = True
        if stand.kind == "alone":
            return "skip"
        moved = before not in (None, item.template)
        if stand.kind == "live" and listed and not (item.ineligible or moved):
            changed = item.values != item.baseline
            if not changed or not self._passes(item, self.rules):
                return "skip"
        item.due, item.baseline = True, dict(item.values)
        return "take_down" if stand.kind == "down" else "sync" if listed else "upload"

    # Edits of the rules

    def edit(self, rules: Rules) -> None:
        """Take new rules, which make a product due where they make a difference by themselves."""
        old = self.rules
        for item in self.products.values():
            before = self.stand(item, old, item.template)
            title, assigned = self._assignment(item, rules)
            after = self.stand(item, rules, title)
            due = self._differs(item, old, rules, before, after)
            item.template, item.assigned = title, assigned
            if due:
                if item.remote is not None and after.why in LEAVING:
                    item.ineligible = True
                if after.kind != "alone":
                    item.due, item.baseline = True, dict(item.values)
        self.rules = rules

    def _differs(self, item: Item, old: Rules, new: Rules, before: Stand, after: Stand) -> bool:
        remote = item.remote
        if after.kind == "alone":
            return before.kind != "down" and remote is not None and not item.ineligible
        if after.kind == "down":
            return before.kind != "down" or before.how != after.how
        if before.kind != "live":
            return remote is not None or old["product_upload"]
        assert before.template is not None and after.template is not None
        if remote is None:
            # It is on TikTok nowhere: it was refused, or came before Product Upload was switched on.
            return item.baseline is not None and before.template.category != after.template.category
        if before.template.category != after.template.category:
            return True
        offered = any(remote.shown[name] != item.values[name] for name in OFFER)
        if new["inventory_price_sync"] and not old["inventory_price_sync"] and offered:
            return True
        differs = any(remote.shown[name] != item.values[name] for name in CONTENT) or (
            offered and new["inventory_price_sync"]
        )
        return differs and self._passes(item, new) and not self._passes(item, old)

    # Delivery

    def deliver(self) -> None:
        """Do everything that is due, the older of two products with one SKU first."""
        while waiting := [item for item in self.products.values() if item.due]:
            for item in waiting:
                item.due = False
                self._deliver(item)

    def _deliver(self, item: Item) -> None:
        stand = self.stand(item, self.rules, item.template)
        if stand.kind == "down" and item.remote is not None:
            self._take_down(item, item.remote, stand.how)
        elif stand.template is not None:
            if item.remote is None and not self._find_or_create(item, stand.template):
                return
            if item.remote is not None and self.rules["product_update"]:
                self._sync(item, item.remote, stand.template)
            if item.template is None:
                item.template = stand.template.title

    def _take_down(self, item: Item, remote: Remote, how: str) -> None:
        if how == "zero_stock":
            remote.zeroed = remote.zeroed or remote.shown["quantity"] != 0
            remote.shown["quantity"] = 0
        elif remote.status == "ACTIVATE":
            remote.status = "DELETED" if how == "delete" else "SELLER_DEACTIVATED"
            self._let_go(item)
        elif how == "delete":
            remote.status = "DELETED"

    def _sync(self, item: Item, remote: Remote, template: Template) -> None:
        remote.shown.update({name: item.values[name] for name in CONTENT}, category=template.category)
        if self.rules["inventory_price_sync"]:
            remote.shown.update({name: item.values[name] for name in OFFER})
        elif item.ineligible and remote.zeroed:
            remote.shown["quantity"] = item.values["quantity"]
        remote.status, remote.zeroed, item.ineligible = "ACTIVATE", False, False

    def _find_or_create(self, item: Item, template: Template) -> bool:
        """Give the product a TikTok product: one that carries its SKU and nobody's, or a new one."""
        carriers = [remote for remote in self.tiktok if remote.sku == item.sku and remote.status != "DELETED"]
        living = [remote for remote in carriers if not self.products[remote.owner].deleted]
        free = [remote for remote in carriers if remote not in living]
        if any(remote.status == "ACTIVATE" for remote in living) or len(free) > 1:
            item.refused = True
            return False
        item.refused = False
        if not free:
            shown = {name: item.values[name] for name in (*CONTENT, *OFFER)}
            item.remote = Remote(item.sku, item.entity_id, {**shown, "category": template.category})
            self.tiktok.append(item.remote)
        else:
            (item.remote,) = free
            earlier = self.products[item.remote.owner]
            earlier.remote, earlier.gone, item.remote.owner = None, True, item.entity_id
            item.remote.zeroed = False
        item.new = False
        return True

    def _let_go(self, item: Item) -> None:
        """Take up what was refused because of this product."""
        for other in self.products.values():
            if other is not item and other.sku == item.sku and other.refused:
                other.due = True

    def seen(self, sku: str) -> list[tuple[Any, ...]]:
        """Return what TikTok shows of a SKU, deleted products left out."""
        return sorted(
            remote.seen() for remote in self.tiktok if remote.sku == sku and remote.status != "DELETED"
        )


def edited(rules: Rules, title: str, **fields: Any) -> Rules:
    """Return the rules with one template changed."""
    return replace(rules, templates=tuple(_edited(rules.templates, title, fields)))


def _edited(templates: tuple[Template, ...], title: str, fields: Mapping[str, Any]) -> Iterator[Template]:
    for template in templates:
        yield replace(template, **fields) if template.title == title else template
