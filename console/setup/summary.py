"""Step 7, the summary: all checks again, what would happen to the received products, and the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.setup import progress as setup_progress
from console.shops.checks import LEVELS, WORDS, check_everything
from console.shops.store import store
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from operations.health.checks import FAULT, Finding
from operations.products.dry_run import REFUSED_HERE, DryRun, dry_runs
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.accounts.users import Role
from records.catalog import product_list
from records.catalog.product_list import ProductPage
from schemas.apply_file import InvalidDocument
from schemas.field_spec import document_of
from schemas.shop import Shop

pages = Blueprint("setup_summary", __name__)

MOST: Final = 50
DOES: Final = {
    Action.UPLOAD.value: ("success", "would be uploaded"),
    Action.SYNC.value: ("success", "would be synced"),
    Action.TAKE_DOWN.value: ("warning", "would be taken down"),
    Action.SKIP.value: ("off", "would be left alone"),
    REFUSED_HERE: ("error", "would be refused"),
}


@dataclass(frozen=True, slots=True)
class NewestProducts:
    """What a sync of the newest products would do under the current policies. No call is made."""

    runs: tuple[DryRun, ...]
    counts: Counter[str]
    all_of_them: bool


@pages.get("/setup/summary")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the steps, and the buttons for the checks and the dry run."""
    return _page()


@pages.post("/setup/summary")
@requires(Role.ADMIN)
def look() -> ResponseReturnValue:
    """Run all checks and the dry run."""
    shop = setup_progress.progress().shop
    return _page(check_everything(), dry_run(shop) if shop is not None else None)


@pages.post("/setup/start")
@requires(Role.ADMIN)
def start() -> ResponseReturnValue:
    """Finish the set-up: resume the policy that it created, so that the queue is delivered."""
    progress, rulebooks = setup_progress.progress(), current_shop.rulebooks()
    shop = progress.shop
    if shop is None or not shop.tiktok.connected:
        flash("TikTok Shop is not connected yet, so nothing can start.", "warning")
        return redirect(url_for("setup.index"), 303)
    policy = rulebooks.policy_of(shop.key).policy
    if policy.paused and progress.remembered.get("made_policy") == policy.title:
        try:
            store({"synchronization_policies": [document_of(replace(policy, paused=False))]})
        except InvalidDocument as invalid:
            flash(f"The policy {policy.title!r} has to be corrected first: {invalid}", "error")
            return redirect(url_for("setup.index"), 303)
    setup_progress.remember(finished=console_context().clock().isoformat(), made_policy=None)
    flash(f"{shop.title} is set up: sync is on.", "success")
    return redirect(url_for("overview.index", shop=shop.key), 303)


def dry_run(shop: Shop) -> NewestProducts:
    """Return the dry run of the newest products."""
    with console_context().database.read() as connection:
        rulebooks = current_shop.rulebooks()
        ids = product_list.ids(connection, ProductPage(shop.key, MOST + 1))
        runs = dry_runs(connection, ids[:MOST], _going_on(rulebooks, shop), console_context().clock())
    counted = Counter(run.result for run in runs)
    return NewestProducts(tuple(reversed(runs)), counted, len(ids) <= MOST)


def _going_on(rulebooks: Rulebooks, shop: Shop) -> Rulebooks:
    """Return the rulebooks with the shop's policy resumed, to show what would happen then."""
    found = rulebooks.policy_of(shop.key)
    going = replace(found, policy=replace(found.policy, paused=False))
    return replace(rulebooks, policies={**rulebooks.policies, found.policy.title: going})


def _page(found: Sequence[Finding] = (), dry: NewestProducts | None = None) -> str:
    progress, rulebooks = setup_progress.progress(), current_shop.rulebooks()
    shop = progress.shop
    policy = rulebooks.policy_of(shop.key).policy if shop is not None else None
    return render_template(
        "setup/summary.html",
        progress=progress,
        step="summary",
        shop=shop,
        policy=policy,
        looked=request.method == "POST",
        found=found,
        faults=[finding for finding in found if finding.state == FAULT],
        levels=LEVELS,
        state_words=WORDS,
        dry=dry,
        does=DOES,
        most=MOST,
        may_start=shop is not None and shop.tiktok.connected,
        will_resume=bool(policy and policy.paused and progress.remembered.get("made_policy") == policy.title),
    )
