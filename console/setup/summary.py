"""Step 7, the summary: every check again, what would happen to the products that are known, and the start."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for

from console.setup import progress as setup_progress
from console.shops.checks import LEVELS, WORDS, everything
from console.shops.store import store
from console.web import current_shop
from console.web.access import requires
from console.web.context import desk
from operations.health.checks import FAULT
from operations.products.dry_run import REFUSED_HERE, DryRun, dry_runs
from policies.decision import Action
from policies.rulebook import Rulebooks
from records.accounts.users import Role
from records.catalog import product_list
from records.catalog.product_list import ProductPage
from schemas.field_spec import document_of
from schemas.shop import Shop

pages = Blueprint("setup_summary", __name__)

MOST: Final = 50
DOES: Final = {
    Action.UPLOAD.value: ("success", "would go up"),
    Action.SYNC.value: ("success", "would be synced"),
    Action.TAKE_DOWN.value: ("warning", "would be taken down"),
    Action.SKIP.value: ("off", "would be left alone"),
    REFUSED_HERE: ("error", "would be refused"),
}


@dataclass(frozen=True, slots=True)
class NewestProducts:
    """What would become of the newest products, by the policies as they are; nobody is called."""

    runs: tuple[DryRun, ...]
    counts: Counter[str]
    all_of_them: bool


@pages.get("/setup/summary")
@requires(Role.ADMIN)
def index() -> Any:
    """How the set-up stands, and the buttons that look."""
    return _page()


@pages.post("/setup/summary")
@requires(Role.ADMIN)
def look() -> Any:
    """Every check again, and the dry run."""
    shop = setup_progress.progress().shop
    return _page(everything(), dry_run(shop) if shop is not None else None)


@pages.post("/setup/start")
@requires(Role.ADMIN)
def start() -> Any:
    """The set-up is finished: the policy that it made goes on, and what waits is delivered."""
    progress, rulebooks = setup_progress.progress(), current_shop.rulebooks()
    shop = progress.shop
    if shop is None or not shop.tiktok.connected:
        flash("TikTok Shop is not connected yet, so nothing can start.", "warning")
        return redirect(url_for("setup.index"), 303)
    policy = rulebooks.policy_of(shop.key).policy
    if policy.paused and progress.remembered.get("made_policy") == policy.title:
        store({"synchronization_policies": [document_of(replace(policy, paused=False))]})
    setup_progress.remember(finished=desk().clock().isoformat(), made_policy=None)
    flash(f"{shop.title} is set up: what Magento tells goes to TikTok now.", "success")
    return redirect(url_for("overview.index", shop=shop.key), 303)


def dry_run(shop: Shop) -> NewestProducts:
    """Of the newest products."""
    with desk().database.read() as connection:
        rulebooks = current_shop.rulebooks()
        ids = product_list.ids(connection, ProductPage(shop.key, MOST + 1))
        runs = dry_runs(connection, ids[:MOST], _going_on(rulebooks, shop), desk().clock())
    counted = Counter(run.result for run in runs)
    return NewestProducts(tuple(reversed(runs)), counted, len(ids) <= MOST)


def _going_on(rulebooks: Rulebooks, shop: Shop) -> Rulebooks:
    """As if the shop's policy were not paused: what would happen once it goes on."""
    found = rulebooks.policy_of(shop.key)
    going = replace(found, policy=replace(found.policy, paused=False))
    return replace(rulebooks, policies={**rulebooks.policies, found.policy.title: going})


def _page(found: Any = (), dry: NewestProducts | None = None) -> str:
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
        faults=[one for one in found if one.state == FAULT],
        levels=LEVELS,
        state_words=WORDS,
        dry=dry,
        does=DOES,
        most=MOST,
        may_start=shop is not None and shop.tiktok.connected,
        will_resume=bool(policy and policy.paused and progress.remembered.get("made_policy") == policy.title),
    )
