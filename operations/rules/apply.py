"""Applying: shops, policies and templates are stored, all of it or nothing, with the job that looks again at what they
touch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from operations.rules.differences import Field, differences, edited_fields
from policies.rulebook import PolicyInForce, Rulebooks
from records.db.secret_box import SecretBox
from records.db.statements import alone
from records.rules import policies, rule_history, shops, template_policies, templates
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import Declaration, ExistingTitles
from schemas.shop import Shop
from schemas.template_policies import KINDS, TemplatePolicies
from sync import resync_job
from sync.affected_listings import RuleChange

Load: TypeAlias = Callable[[ExistingTitles, Mapping[str, Shop]], Declaration]
"""A declaration beside what exists: the titles of the policies, and the shops with what they hold."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a declaration changed: lines by ``kind name``, the same as `edits`; and the job that makes listings due, if
    it touches a shop.
    """

    changes: dict[str, list[str]]
    unchanged: tuple[str, ...]
    job: int | None
    edits: dict[str, list[Field]]


def apply(
    connection: Connection,
    load: Load,
    box: SecretBox,
    *,
    now: datetime,
    author: str,
    replace_tokens: bool = False,
    claimed: bool = False,
) -> Applied:
    """Store what the declaration says, and the job that looks again at listings, in this transaction.

    `load` is what `read_declaration` gives; `claimed` says that the caller works on the job itself. Raises
    `InvalidDocument` before anything is stored.
    """
    alone(connection)
    before, then = RulebookReader(box).read(connection), rule_history.in_force(connection)
    declaration = load(existing_titles(before), before.shops)
    change = RuleChange(before, declared(before, declaration, now))
    changes: dict[str, list[str]] = {}
    edits: dict[str, list[Field]] = {}
    unchanged: list[str] = []

    def note(kind: str, name: str, changed: bool, old: object, new: object) -> None:
        if changed:
            edits[f"{kind} {name!r}"] = edited_fields(old, new)
            changes[f"{kind} {name!r}"] = differences(old, new)
        else:
            unchanged.append(f"{kind} {name!r}")

    for policy in declaration.synchronization_policies:
        changed = policies.save(connection, policy, now=now, author=author)
        in_force = before.policies.get(policy.title)
        note("policy", policy.title, changed, in_force and in_force.policy, policy)
    for kind in KINDS:
        of_kind = getattr(before.template_policies, kind.listed)
        for one in getattr(declaration, kind.listed):
            changed = template_policies.save(connection, kind, one, now=now, author=author)
            note(kind.words, one.title, changed, of_kind.get(one.title), one)
    by_title = {template.title: template for template in before.templates}
    for template in declaration.listing_templates:
        changed = templates.save(connection, template, now=now, author=author)
        note("template", template.title, changed, by_title.get(template.title), template)
    saved = {
        shop.key: shops.save(connection, shop, box, now=now, replace_tokens=replace_tokens)
        for shop in declaration.shops
    }
    shops_now = shops.load_all(connection, box)
    for key, changed in saved.items():
        note("shop", key, changed, before.shops.get(key), shops_now[key])
    job = resync_job.request(connection, change, then, author=author, now=now, claimed=claimed)
    return Applied(changes, tuple(unchanged), job, edits)


def declared(before: Rulebooks, declaration: Declaration, now: datetime) -> Rulebooks:
    """What governs once the declaration is stored, without storing it."""
    named = {one.title: one for one in before.templates} | {
        one.title: one for one in declaration.listing_templates
    }
    in_order = sorted(named.values(), key=lambda template: (template.priority, template.title))
    kinds = {
        kind.listed: getattr(before.template_policies, kind.listed)
        | {one.title: one for one in getattr(declaration, kind.listed)}
        for kind in KINDS
    }
    in_force: Mapping[str, PolicyInForce] = before.policies
    changed = {}
    for policy in declaration.synchronization_policies:
        old = in_force.get(policy.title)
        since = (old.upload_on_since if old else None) or now
        changed[policy.title] = PolicyInForce(
            policy, since if policy.product_upload else None, old.version if old else 0
        )
    return replace(
        before,
        shops={**before.shops, **{shop.key: _still_connected(shop, before) for shop in declaration.shops}},
        policies={**in_force, **changed},
        templates=tuple(in_order),
        template_policies=TemplatePolicies(**kinds),
    )


def _still_connected(shop: Shop, before: Rulebooks) -> Shop:
    """A shop that says nothing of TikTok leaves a connection that stands as it is."""
    value = before.shops.get(shop.key)
    return shop if shop.tiktok.connected or value is None else replace(shop, tiktok=value.tiktok)


def existing_titles(rulebooks: Rulebooks) -> ExistingTitles:
    """The titles of the policies that a declaration may name."""
    of_kinds = {kind.listed: sorted(getattr(rulebooks.template_policies, kind.listed)) for kind in KINDS}
    return {**of_kinds, "synchronization_policies": sorted(rulebooks.policies)}
