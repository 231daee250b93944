"""`m2t apply`: shops, policies and listing templates from a YAML file, all of it or nothing."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from commands.declaration import read_declaration
from commands.differences import differences
from commands.exits import Failed
from commands.opening import database, settings
from records import pending_syncs, policies, shops, template_policies, templates
from records.secret_box import SecretBox
from schemas.apply_file import Declaration, InvalidDocument, Known
from schemas.template_policies import KINDS

LANE = 2
"""Of a listing that a changed policy or template makes due: behind take-downs, stock and prices."""


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
    environment, and file:PATH (beside the YAML file) a secret in a file of its own. A shop's TikTok tokens renew
    themselves, so those of the file are taken only where the shop has none.
    """
    opened = settings()
    box, author = SecretBox(opened.secret_key), f"{getpass.getuser()} (m2t apply)"
    applied: list[Applied] = []
    try:
        load = read_declaration(file, os.environ)
        with database(opened) as held, held.write() as connection:
            applied.append(
                apply(
                    connection, load, box, now=datetime.now(UTC), author=author, replace_tokens=replace_tokens
                )
            )
            if dry_run:
                raise _DryRun
    except InvalidDocument as invalid:
        raise Failed(f"{file}: {invalid}", "mend the file, and run m2t apply again") from invalid
    except _DryRun:
        pass
    click.echo(json.dumps(asdict(applied[0])) if as_json else _report(applied[0], dry_run=dry_run))


def apply(
    connection: Connection,
    load: Callable[[Known], Declaration],
    box: SecretBox,
    *,
    now: datetime,
    author: str,
    replace_tokens: bool = False,
) -> Applied:
    """Store what the declaration says, in this transaction, and make the listings due that it touches.

    `load` is what `read_declaration` gives. Raises `InvalidDocument` before anything is stored.
    """
    policies_before, templates_before = policies.load_all(connection), templates.load_all(connection)
    shops_before = shops.load_all(connection, box)
    named_before = template_policies.load_all(connection)
    held = {kind: getattr(named_before, kind.listed) for kind in KINDS}
    known = {kind.listed: sorted(of_kind) for kind, of_kind in held.items()}
    declaration = load({**known, "synchronization_policies": sorted(policies_before)})
    by_title = {template.title: template for template in templates_before}
    changes: dict[str, list[str]] = {}
    unchanged: list[str] = []

    def note(kind: str, name: str, changed: bool, before: object, after: object) -> bool:
        if changed:
            changes[f"{kind} {name!r}"] = differences(before, after)
        else:
            unchanged.append(f"{kind} {name!r}")
        return changed

    moved_policies: set[str] = set()
    for policy in declaration.synchronization_policies:
        changed = policies.save(connection, policy, now=now, author=author)
        before = policies_before.get(policy.title)
        if note("policy", policy.title, changed, before and before.policy, policy):
            moved_policies.add(policy.title)
    template_moved = False
    for kind, of_kind in held.items():
        for one in getattr(declaration, kind.listed):
            changed = template_policies.save(connection, kind, one, now=now, author=author)
            # No template names a policy that is new, unless the template changes as well.
            template_moved |= note(kind.words, one.title, changed, of_kind.get(one.title), one) and (
                one.title in of_kind
            )
    for template in declaration.listing_templates:
        changed = templates.save(connection, template, now=now, author=author)
        template_moved |= note("template", template.title, changed, by_title.get(template.title), template)
    stored = {shop.key: shop for shop in declaration.shops}
    saved = {
        key: shops.save(connection, shop, box, now=now, replace_tokens=replace_tokens)
        for key, shop in stored.items()
    }
    shops_now = shops.load_all(connection, box)
    for key, changed in saved.items():
        note("shop", key, changed, shops_before.get(key), shops_now[key])
    touched = {
        key
        for key, shop in shops_now.items()
        if template_moved or saved.get(key) or shop.synchronization_policy in moved_policies
    }
    due = pending_syncs.mark_shops(connection, sorted(touched), lane=LANE, now=now) if touched else 0
    return Applied(changes, tuple(unchanged), due)


def _report(applied: Applied, *, dry_run: bool) -> str:
    lines = [f"{name}: {line}" for name, changed in applied.changes.items() for line in changed]
    lines += [f"{name}: as it was" for name in applied.unchanged]
    if applied.due:
        listings = "1 listing is" if applied.due == 1 else f"{applied.due} listings are"
        lines.append(f"{listings} looked at again, for what governs them has changed.")
    if dry_run:
        lines.append("Nothing was changed (--dry-run).")
    return "\n".join(lines or ["The file declares nothing."])
