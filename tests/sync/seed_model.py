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
class Known:
    """A Magento product as far as events have told, with its listing."""

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
        self.products: dict[str, Known] = {}
        self.tiktok: list[Remote] = []

    # What a product should be

    def stand(self, known: Known, rules: Rules, title: str | None) -> Stand:
        """Return what the product should be under these rules, with the template of this title if there is one."""
        listed = known.remote is not None
        if listed and not rules["product_update"]:
            return Stand("alone", "update_off")
        if (why := self._why_leaving(known, rules)) is not None:
            how = rules[LEAVING[why]]
            return Stand("down", why, how) if listed and how != "keep" else Stand("alone", why)
        if not listed and (not rules["product_upload"] or known.gone or not known.new):
            return Stand("alone", "not_uploaded")
        return Stand("live", template=rules.named(title) or rules.winner(known.values))

    def _why_leaving(self, known: Known, rules: Rules) -> str | None:
        values = known.values
        holds = {
            "deleted": known.deleted,
            "disabled": values.get("status") == "2",
            "other_website": "1" not in values.get("website_ids", ()),
            "hidden": values.get("visibility") == "1" and not rules["sync_not_visible_individually"],
            "unmatched": rules.winner(values) is None,
        }
        return next((why for why in LEAVING if holds[why]), None)

    def _assignment(self, known: Known, rules: Rules) -> tuple[str | None, bool]:
        """Return the template's title and whether it is an assignment, after Product Assign."""
        if not rules["product_assign"]:
            return known.template, known.assigned
        own = rules.named(known.template)
        if known.assigned and own is not None and own.matches(known.values):
            return known.template, True
        best = rules.winner(known.values)
        return (best.title, True) if best else (known.template, known.assigned)

    def _passes(self, known: Known, rules: Rules) -> bool:
        """Whether what changed since the baseline syncs the product."""
        if known.baseline is None:
            return True
        changed = {name for name in known.values if known.values[name] != known.baseline.get(name)}
        if rules["only_specific_attributes"]:
            return bool(changed & set(rules["observed_attributes"]))
        return bool(changed - set(OFFER)) or (bool(changed) and rules["inventory_price_sync"])

    # Events

    def save(
        self, entity_id: str, sku: str, values: Mapping[str, Any], at: float, *, existed: bool = False
    ) -> str:
        """Take a save made at this time. Return what is decided."""
        known = self.products.setdefault(entity_id, Known(entity_id, sku, new=not existed))
        newer = {name: value for name, value in values.items() if at >= known.marks.get(name, 0)}
        if known.deleted or not newer:
            return "skip"
        known.values.update(newer)
        known.marks.update(dict.fromkeys(newer, at))
        return self._decide(known)

    def delete(self, entity_id: str, sku: str) -> str:
        known = self.products.setdefault(entity_id, Known(entity_id, sku, new=False))
        known.deleted = True
        self._let_go(known)
        return self._decide(known)

    def _decide(self, known: Known) -> str:
        before = known.template
        known.template, known.assigned = self._assignment(known, self.rules)
        stand = self.stand(known, self.rules, known.template)
        listed = known.remote is not None
        if listed and stand.why in LEAVING:
            known.ineligible = True
        if stand.kind == "alone":
            return "skip"
        moved = before not in (None, known.template)
        if stand.kind == "live" and listed and not (known.ineligible or moved):
            changed = known.values != known.baseline
            if not changed or not self._passes(known, self.rules):
                return "skip"
        known.due, known.baseline = True, dict(known.values)
        return "take_down" if stand.kind == "down" else "sync" if listed else "upload"

    # Edits of the rules

    def edit(self, rules: Rules) -> None:
        """Take new rules, which make a product due where they make a difference by themselves."""
        old = self.rules
        for known in self.products.values():
            before = self.stand(known, old, known.template)
            title, assigned = self._assignment(known, rules)
            after = self.stand(known, rules, title)
            due = self._differs(known, old, rules, before, after)
            known.template, known.assigned = title, assigned
            if due:
                if known.remote is not None and after.why in LEAVING:
                    known.ineligible = True
                if after.kind != "alone":
                    known.due, known.baseline = True, dict(known.values)
        self.rules = rules

    def _differs(self, known: Known, old: Rules, new: Rules, before: Stand, after: Stand) -> bool:
        remote = known.remote
        if after.kind == "alone":
            return before.kind != "down" and remote is not None and not known.ineligible
        if after.kind == "down":
            return before.kind != "down" or before.how != after.how
        if before.kind != "live":
            return remote is not None or old["product_upload"]
        assert before.template is not None and after.template is not None
        if remote is None:
            # It is on TikTok nowhere: it was refused, or came before Product Upload was switched on.
            return known.baseline is not None and before.template.category != after.template.category
        if before.template.category != after.template.category:
            return True
        offered = any(remote.shown[name] != known.values[name] for name in OFFER)
        if new["inventory_price_sync"] and not old["inventory_price_sync"] and offered:
            return True
        differs = any(remote.shown[name] != known.values[name] for name in CONTENT) or (
            offered and new["inventory_price_sync"]
        )
        return differs and self._passes(known, new) and not self._passes(known, old)

    # Delivery

    def deliver(self) -> None:
        """Do everything that is due, the older of two products with one SKU first."""
        while waiting := [known for known in self.products.values() if known.due]:
            for known in waiting:
                known.due = False
                self._deliver(known)

    def _deliver(self, known: Known) -> None:
        stand = self.stand(known, self.rules, known.template)
        if stand.kind == "down" and known.remote is not None:
            self._take_down(known, known.remote, stand.how)
        elif stand.template is not None:
            if known.remote is None and not self._find_or_create(known, stand.template):
                return
            if known.remote is not None and self.rules["product_update"]:
                self._sync(known, known.remote, stand.template)
            if known.template is None:
                known.template = stand.template.title

    def _take_down(self, known: Known, remote: Remote, how: str) -> None:
        if how == "zero_stock":
            remote.zeroed = remote.zeroed or remote.shown["quantity"] != 0
            remote.shown["quantity"] = 0
        elif remote.status == "ACTIVATE":
            remote.status = "DELETED" if how == "delete" else "SELLER_DEACTIVATED"
            self._let_go(known)
        elif how == "delete":
            remote.status = "DELETED"

    def _sync(self, known: Known, remote: Remote, template: Template) -> None:
        remote.shown.update({name: known.values[name] for name in CONTENT}, category=template.category)
        if self.rules["inventory_price_sync"]:
            remote.shown.update({name: known.values[name] for name in OFFER})
        elif known.ineligible and remote.zeroed:
            remote.shown["quantity"] = known.values["quantity"]
        remote.status, remote.zeroed, known.ineligible = "ACTIVATE", False, False

    def _find_or_create(self, known: Known, template: Template) -> bool:
        """Give the product a TikTok product: one that carries its SKU and nobody's, or a new one."""
        carriers = [
            remote for remote in self.tiktok if remote.sku == known.sku and remote.status != "DELETED"
        ]
        living = [remote for remote in carriers if not self.products[remote.owner].deleted]
        free = [remote for remote in carriers if remote not in living]
        if any(remote.status == "ACTIVATE" for remote in living) or len(free) > 1:
            known.refused = True
            return False
        known.refused = False
        if not free:
            shown = {name: known.values[name] for name in (*CONTENT, *OFFER)}
            known.remote = Remote(known.sku, known.entity_id, {**shown, "category": template.category})
            self.tiktok.append(known.remote)
        else:
            (known.remote,) = free
            earlier = self.products[known.remote.owner]
            earlier.remote, earlier.gone, known.remote.owner = None, True, known.entity_id
            known.remote.zeroed = False
        known.new = False
        return True

    def _let_go(self, known: Known) -> None:
        """Take up what was refused because of this product."""
        for other in self.products.values():
            if other is not known and other.sku == known.sku and other.refused:
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
