"""Applying a declaration: shops, policies and templates are stored, all or nothing, with the job that checks again the
listings that they affect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from operations.rules.check_declaration import check_declaration
from operations.rules.differences import Field, differences, edited_fields
from operations.rules.shared_tokens import share_tokens
from policies.rulebook import PolicyInForce, Rulebooks
from records.catalog import products
from records.db.secret_box import SecretBox
from records.db.statements import alone
from records.rules import policies, rule_history, shops, template_policies, templates
from records.rules.load_rulebook import RulebookReader
from schemas.apply_file import Declaration, ExistingTitles, Fault
from schemas.listing_template import ListingTemplate
from schemas.shop import Shop
from schemas.synchronization_policy import SynchronizationPolicy
from schemas.template_policies import KINDS, TemplatePolicies
from sync import resync_job
from sync.affected_listings import RuleChange

Load: TypeAlias = Callable[[ExistingTitles, Mapping[str, Shop]], Declaration]
"""Returns a declaration, given the titles of the stored policies and the stored shops."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a declaration changed: `changes` are lines by ``kind name``, `edits` the same as fields.

    `job` is the id of the job that makes listings due; None if no shop is affected. `warnings` are about what is
    allowed, but may not be intended.
    """

    changes: dict[str, list[str]]
    unchanged: tuple[str, ...]
    job: int | None
    edits: dict[str, list[Field]]
    warnings: tuple[Fault, ...] = ()


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
    """Store the declaration and the job that checks listings again, in this transaction.

    `load` comes from `read_declaration`. With `replace_tokens` the tokens of the declaration replace stored ones. With
    `claimed` the caller runs the job itself. Raises `InvalidDocument` before anything is stored.
    """
    alone(connection)
    before, then = RulebookReader(box).read(connection), rule_history.in_force(connection)
    declaration = load(existing_titles(before), before.shops)
    warnings = check_declaration(connection, declaration, before)
    change = RuleChange(before, declared(before, declaration, now))
    notes = _Notes()
    _save_policies(connection, declaration, before, notes, now=now, author=author)
    _save_templates(connection, declaration, before, notes, now=now, author=author)
    _save_shops(connection, declaration, before, notes, box, now=now, replace_tokens=replace_tokens)
    job = resync_job.request(connection, change, then, author=author, now=now, claimed=claimed)
    return Applied(notes.changes, tuple(notes.unchanged), job, notes.edits, warnings)


@dataclass(slots=True)
class _Notes:
    """What each document of a declaration changed, by ``kind name``."""

    changes: dict[str, list[str]] = field(default_factory=dict)
    edits: dict[str, list[Field]] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)

    def add(self, kind: str, name: str, *, changed: bool, old: object, new: object) -> None:
        """Note the differences between the old and the new document, or that there are none."""
        key = f"{kind} {name!r}"
        if changed:
            self.edits[key] = edited_fields(old, new)
            self.changes[key] = differences(old, new)
        else:
            self.unchanged.append(key)


def _save_policies(
    connection: Connection,
    declaration: Declaration,
    before: Rulebooks,
    notes: _Notes,
    *,
    now: datetime,
    author: str,
) -> None:
    for policy in declaration.synchronization_policies:
        changed = policies.save(connection, policy, now=now, author=author)
        in_force = before.policies.get(policy.title)
        old = in_force.policy if in_force is not None else None
        notes.add("policy", policy.title, changed=changed, old=old, new=policy)
    for kind in KINDS:
        stored = getattr(before.template_policies, kind.listed)
        for document in getattr(declaration, kind.listed):
            changed = template_policies.save(connection, kind, document, now=now, author=author)
            old = stored.get(document.title)
            notes.add(kind.words, document.title, changed=changed, old=old, new=document)


def _save_templates(
    connection: Connection,
    declaration: Declaration,
    before: Rulebooks,
    notes: _Notes,
    *,
    now: datetime,
    author: str,
) -> None:
    stored = {template.title: template for template in before.templates}
    for template in declaration.listing_templates:
        changed = templates.save(connection, template, now=now, author=author)
        notes.add("template", template.title, changed=changed, old=stored.get(template.title), new=template)


def _save_shops(
    connection: Connection,
    declaration: Declaration,
    before: Rulebooks,
    notes: _Notes,
    box: SecretBox,
    *,
    now: datetime,
    replace_tokens: bool,
) -> None:
    if declaration.shops:
        # New tokens are stored at other shops too: rows in another order would deadlock with a renewal of tokens.
        shops.lock_all(connection)
    saved = {
        shop.key: shops.save(connection, shop, box, now=now, replace_tokens=replace_tokens)
        for shop in declaration.shops
    }
    # Read back, because stored tokens may take precedence over those of the declaration.
    stored = shops.load_all(connection, box)
    if shared := share_tokens(connection, declaration, before.shops, stored, box, now=now):
        stored = shops.load_all(connection, box)
        saved |= dict.fromkeys(shared, True)
    for key, changed in saved.items():
        notes.add("shop", key, changed=changed, old=before.shops.get(key), new=stored[key])
        old = before.shops.get(key)
        if old is not None and old.magento.store_view_id != stored[key].magento.store_view_id:
            products.forget_store_view(connection, key)


def declared(before: Rulebooks, declaration: Declaration, now: datetime) -> Rulebooks:
    """Return the rules as they are once the declaration is stored, without storing it."""
    by_title: dict[str, ListingTemplate] = {template.title: template for template in before.templates}
    by_title |= {template.title: template for template in declaration.listing_templates}
    kinds = {
        kind.listed: getattr(before.template_policies, kind.listed)
        | {document.title: document for document in getattr(declaration, kind.listed)}
        for kind in KINDS
    }
    in_force: Mapping[str, PolicyInForce] = before.policies
    changed = {
        policy.title: _in_force(policy, in_force.get(policy.title), now)
        for policy in declaration.synchronization_policies
    }
    return replace(
        before,
        shops={**before.shops, **{shop.key: _with_connection(shop, before) for shop in declaration.shops}},
        policies={**in_force, **changed},
        templates=tuple(sorted(by_title.values(), key=lambda template: (template.priority, template.title))),
        template_policies=TemplatePolicies(**kinds),
    )


def _in_force(policy: SynchronizationPolicy, old: PolicyInForce | None, now: datetime) -> PolicyInForce:
    """Return the policy in force; Product Upload counts from when it was last switched on."""
    since = (old.upload_on_since if old else None) or now
    return PolicyInForce(policy, since if policy.product_upload else None, old.version if old else 0)


def _with_connection(shop: Shop, before: Rulebooks) -> Shop:
    """Return the shop with its stored connection to TikTok, if the declaration has none."""
    stored = before.shops.get(shop.key)
    return shop if shop.tiktok.connected or stored is None else replace(shop, tiktok=stored.tiktok)


def existing_titles(rulebooks: Rulebooks) -> ExistingTitles:
    """Return the titles of the policies that a declaration may name."""
    of_kinds = {kind.listed: sorted(getattr(rulebooks.template_policies, kind.listed)) for kind in KINDS}
    return {**of_kinds, "synchronization_policies": sorted(rulebooks.policies)}
