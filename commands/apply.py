"""`m2t apply`: shops, policies and listing templates from a YAML file, all of it or nothing."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from commands.declaration import Load, read_declaration
from commands.differences import differences
from commands.exits import Failed
from commands.opening import database, settings
from consumer import affected_listings
from consumer.affected_listings import Change, Foreseen, foresee
from records import policies, shops, template_policies, templates
from records.governing import Governing, GoverningRecords
from records.policies import PolicyInForce
from records.secret_box import SecretBox
from schemas.apply_file import Declaration, InvalidDocument, Known
from schemas.template_policies import KINDS, TemplatePolicies

LANE = 2
"""Of a listing that a changed policy or template makes due: behind take-downs, stock and prices."""
TOLD_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class Applied:
    """What a declaration changed: lines by ``kind name``; and how many listings it made due."""

    changes: dict[str, list[str]]
    unchanged: tuple[str, ...]
    due: int


class _DryRun(Exception):
    """Ends the transaction without its changes."""


@click.command("apply")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--dry-run", is_flag=True, help="Print what would change, and change nothing.")
@click.option(
    "--replace-tokens", is_flag=True, help="Take the file's TikTok tokens, though the shop holds some."
)
@click.option("--json", "as_json", is_flag=True, help='Print {"changes", "unchanged", "due"} alone.')
def command(file: Path, dry_run: bool, replace_tokens: bool, as_json: bool) -> None:
    """Take shops, policies and listing templates from a YAML file.

    What the file names is created or changed; what it does not name stays. One fault anywhere and nothing is
    applied: all faults are listed with their places. Keep secrets out of the file: ${NAME} is a variable of the
    environment, file:PATH (beside the YAML file) a secret in a file of its own, and kept is the secret that the shop
    holds. A shop's TikTok tokens renew themselves, so those of the file are taken only where the shop has none.

    Listings for which the change means something else on TikTok are looked at again; how many is told first, on
    standard error. m2t simulate tells what a policy or template would have meant for what was saved.
    """
    opened = settings()
    box, author = SecretBox(opened.secret_key), f"{getpass.getuser()} (m2t apply)"
    told: list[Applied] = []
    try:
        load = read_declaration(file, os.environ)
        with database(opened) as held:
            with held.read() as connection:
                now = datetime.now(UTC)
                governing = GoverningRecords(box).read(connection)
                change = Change(
                    governing, declared(governing, load(known_titles(governing), governing.shops), now)
                )
                foreseen = foresee(connection, change, now=now, progress=_progress)
            click.echo(foretold(len(foreseen.product_ids), foreseen.walked), err=True)
            with held.write() as connection:
                applied = apply(
                    connection,
                    load,
                    box,
                    now=now,
                    author=author,
                    replace_tokens=replace_tokens,
                    foreseen=foreseen,
                )
                told.append(applied)
                if dry_run:
                    raise _DryRun
    except InvalidDocument as invalid:
        raise Failed(f"{file}: {invalid}", "mend the file, and run m2t apply again") from invalid
    except _DryRun:
        pass
    click.echo(json.dumps(asdict(told[0])) if as_json else _report(told[0], dry_run=dry_run))


def apply(
    connection: Connection,
    load: Load,
    box: SecretBox,
    *,
    now: datetime,
    author: str,
    replace_tokens: bool = False,
    foreseen: Foreseen | None = None,
) -> Applied:
    """Store what the declaration says, in this transaction, and make the listings due for which it changes something.

    `load` is what `read_declaration` gives; `foreseen` what a walk outside this transaction found, which is made anew
    where something else has been stored since. Raises `InvalidDocument` before anything is stored.
    """
    before = GoverningRecords(box).read(connection)
    declaration = load(known_titles(before), before.shops)
    change = Change(before, declared(before, declaration, now))
    if foreseen is None or foreseen.change != change:
        foreseen = foresee(connection, change, now=now)
    changes: dict[str, list[str]] = {}
    unchanged: list[str] = []

    def note(kind: str, name: str, changed: bool, old: object, new: object) -> None:
        if changed:
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
    due = affected_listings.mark(connection, foreseen, lane=LANE, now=now)
    return Applied(changes, tuple(unchanged), due)


def declared(before: Governing, declaration: Declaration, now: datetime) -> Governing:
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
        shops={**before.shops, **{shop.key: shop for shop in declaration.shops}},
        policies={**in_force, **changed},
        templates=tuple(in_order),
        template_policies=TemplatePolicies(**kinds),
    )


def known_titles(governing: Governing) -> Known:
    """The titles of the policies that a declaration may name."""
    of_kinds = {kind.listed: sorted(getattr(governing.template_policies, kind.listed)) for kind in KINDS}
    return {**of_kinds, "synchronization_policies": sorted(governing.policies)}


def _progress(walked: int) -> None:
    if walked % TOLD_EVERY == 0:
        click.echo(f"{walked} listings asked …", err=True)


def foretold(due: int, walked: int) -> str:
    """How many listings a change makes due, in words; `walked` of them were asked."""
    if not walked:
        return "No listing is touched."
    return f"{due} of {walked} listings {'is' if due == 1 else 'are'} to be looked at again."


def _report(applied: Applied, *, dry_run: bool) -> str:
    lines = [f"{name}: {line}" for name, changed in applied.changes.items() for line in changed]
    lines += [f"{name}: as it was" for name in applied.unchanged]
    if applied.due:
        listings = "1 listing is" if applied.due == 1 else f"{applied.due} listings are"
        lines.append(f"{listings} looked at again, for what governs them has changed.")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return "\n".join(lines or ["The file declares nothing."])
