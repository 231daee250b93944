"""The settings of a shop: its Magento side, TikTok side and policy. Stored secrets are never shown."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.setup.magento import webhook_url
from console.shops.checks import LEVELS, WORDS, findings_of, services, stored_settings
from console.shops.forms import (
    MOST_SECRETS,
    PRICE_SCOPES,
    document_of,
    faults_by_field,
    labels,
    magento_document,
    magento_fields,
    new_secret,
    not_built,
    typed,
    with_secrets,
)
from console.shops.store import store
from console.shops.store_lists import STORE_LISTS, lines_of, unread_lines
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from magento.senders import SENDERS
from operations.health.checks import Finding
from operations.health.run_checks import process_probes, tiktok_probes
from records.accounts.users import Role
from records.catalog import first_event
from records.log import store_clocks
from records.rules import shops, tokens
from schemas.apply_file import InvalidDocument
from schemas.secret import Secret
from schemas.shop import Shop

pages = Blueprint("settings_shops", __name__)


class Overtaken(Exception):
    """The webhook secrets were changed since the page was shown."""


@pages.get("/settings/shops/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show the shop."""
    return _show(_shop(key))


@pages.post("/settings/shops/<key>/checks")
@requires(Role.VIEWER)
def check(key: str) -> ResponseReturnValue:
    """Run the checks of this shop."""
    shop = _shop(key)
    found = findings_of([*process_probes(services()), *tiktok_probes(stored_settings(), only=key)])
    return _show(shop, found=found)


@pages.get("/settings/shops/<key>/magento")
@requires(Role.ADMIN)
def magento(key: str) -> ResponseReturnValue:
    """Show the form of the Magento side."""
    shop = _shop(key)
    return _form(shop, magento_fields(shop))


@pages.post("/settings/shops/<key>/magento")
@requires(Role.ADMIN)
def change_magento(key: str) -> ResponseReturnValue:
    """Save the Magento side. A secret that is left empty keeps its value."""
    shop = _shop(key)
    try:
        document = magento_document(request.form.to_dict(), shop)
        applied = store({"shops": [document]}, unread=unread_lines(request.form))
    except InvalidDocument as invalid:
        fields = typed(request.form, magento_fields(shop)["stored"])
        return _form(shop, fields, faults_by_field(invalid)), 422
    flash(
        f"Settings of {shop.title} saved."
        if applied.changes
        else f"Settings of {shop.title} were not changed.",
        "success",
    )
    for warned in applied.warnings:
        flash(warned.message, "warning")
    return redirect(url_for("settings_shops.show", key=key), 303)


@pages.post("/settings/shops/<key>/policy")
@requires(Role.ADMIN)
def change_policy(key: str) -> ResponseReturnValue:
    """Choose another policy for the shop."""
    shop, title = _shop(key), request.form.get("synchronization_policy", "")
    try:
        store({"shops": [{**document_of(shop), "synchronization_policy": title}]})
    except InvalidDocument as invalid:
        return _show(shop, errors=faults_by_field(invalid)), 422
    flash(f"{shop.title} now uses the policy {title}.", "success")
    return redirect(url_for("settings_shops.show", key=key), 303)


@pages.post("/settings/shops/<key>/secrets/add")
@requires(Role.ADMIN)
def add_secret(key: str) -> ResponseReturnValue:
    """Add a webhook secret beside the valid ones. It is shown once."""
    shop, secret = _shop(key), new_secret()
    live = shop.magento.secrets
    if len(live) >= MOST_SECRETS:
        flash(f"There are already {MOST_SECRETS} active secrets. Retire the oldest first.", "warning")
        return redirect(url_for("settings_shops.show", key=key), 303)
    return _with_secrets(shop, [*live, Secret(secret)], secret)


@pages.post("/settings/shops/<key>/secrets/retire")
@requires(Role.ADMIN)
def retire_secret(key: str) -> ResponseReturnValue:
    """Remove the oldest webhook secret."""
    shop = _shop(key)
    if len(shop.magento.secrets) < 2:
        flash(
            "The only secret can't be retired. Add another one first.",
            "warning",
        )
        return redirect(url_for("settings_shops.show", key=key), 303)
    return _with_secrets(shop, list(shop.magento.secrets[1:]), None)


def _with_secrets(shop: Shop, live: list[Secret], secret: str | None) -> ResponseReturnValue:
    seen = request.form.get("live", type=int)

    def refuse(connection: Connection) -> None:
        value = shops.load_all(connection, console_context().box)[shop.key].magento.secrets
        if len(value) != seen or value != shop.magento.secrets:
            raise Overtaken

    try:
        store({"shops": [with_secrets(shop, live)]}, before=refuse)
    except Overtaken:
        flash(
            "Another user changed the secrets meanwhile. Nothing more was changed; these are the current ones.",
            "warning",
        )
        return redirect(url_for("settings_shops.show", key=shop.key), 303)
    if secret is None:
        flash("The oldest webhook secret stops being valid within 5 seconds.", "success")
        return redirect(url_for("settings_shops.show", key=shop.key), 303)
    current_shop.read_anew()
    return _show(_shop(shop.key), secret=secret)


def _show(
    shop: Shop,
    *,
    secret: str | None = None,
    found: Sequence[Finding] = (),
    errors: dict[str, list[str]] | None = None,
) -> str:
    rulebooks = current_shop.rulebooks()
    with console_context().database.read() as connection:
        stored = tokens.load(connection, shop.key, console_context().box)
        why, since = shops.stopped(connection).get(shop.key, (None, None))
        first = first_event.heard(connection, shop.key)
        clock = store_clocks.load_all(connection).get(shop.key)
    return render_template(
        "settings/shop.html",
        shop=shop,
        policy=rulebooks.policy_of(shop.key).policy,
        policies=[(title, title) for title in sorted(rulebooks.policies)],
        tokens=stored,
        stopped=why,
        stopped_since=since,
        heard=first,
        clock=clock,
        url=webhook_url(shop.key),
        secret=secret,
        most_secrets=MOST_SECRETS,
        found=found,
        levels=LEVELS,
        state_words=WORDS,
        errors=errors or {},
        labels=labels(),
        store_lists=STORE_LISTS,
        lines=lines_of(shop.magento),
    )


def _form(shop: Shop, fields: dict[str, object], errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "settings/magento.html",
        shop=shop,
        fields=fields,
        errors=errors or {},
        labels=labels(),
        not_built=not_built(),
        senders=SENDERS.values(),
        price_scopes=PRICE_SCOPES,
        store_lists=STORE_LISTS,
        new=False,
    )


def _shop(key: str) -> Shop:
    return current_shop.rulebooks().shops.get(key) or abort(404, f"There is no shop {key!r}.")
