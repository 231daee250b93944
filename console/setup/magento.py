"""Step 3, Magento: the sender, the address and the secret to copy, and the first webhook as it arrives."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.setup import progress as setup_progress
from console.shops.forms import (
    PRICE_SCOPES,
    faults_by_field,
    labels,
    magento_document,
    magento_fields,
    new_secret,
    not_built,
    typed,
)
from console.shops.store import store
from console.shops.store_lists import STORE_LISTS, unread_lines
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from magento.senders import SENDERS
from records.accounts.users import Role
from records.catalog import first_event
from records.rules import shops
from schemas.apply_file import InvalidDocument

pages = Blueprint("setup_magento", __name__)

FIRST_POLICY = {
    "title": "Default",
    "product_upload": True,
    "product_update": True,
    "inventory_price_sync": True,
    "product_assign": True,
    "paused": True,
}
"""The first shop's policy: paused until the last step, so that nothing is sent to TikTok before that."""


class KeyInUse(Exception):
    """A shop with this key exists already."""


@pages.get("/setup/magento")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the form for a first or another shop; else the shop, waiting for its first webhook."""
    if request.args.get("another") or setup_progress.progress().shop is None:
        return _form(magento_fields(None))
    return shown()


@pages.post("/setup/magento")
@requires(Role.ADMIN)
def connect() -> ResponseReturnValue:
    """Create a shop, with a webhook secret that is shown on the next page and never again."""
    secret, rulebooks = new_secret(), current_shop.rulebooks()
    document = magento_document(request.form.to_dict(), None, secret)
    key, declared = document["key"], {"shops": [document]}
    if not document["synchronization_policy"]:
        document["synchronization_policy"] = FIRST_POLICY["title"]
        if FIRST_POLICY["title"] not in rulebooks.policies:
            declared["synchronization_policies"] = [FIRST_POLICY]
    try:
        store(
            declared,
            unread=unread_lines(request.form),
            before=lambda connection: _refuse_key_in_use(connection, key),
        )
    except KeyInUse:
        return _form(
            typed(request.form, {}),
            {"key": [f"A shop with the key {key} exists already. Choose another key."]},
        ), 422
    except InvalidDocument as invalid:
        return _form(typed(request.form, {}), faults_by_field(invalid)), 422
    made = {"made_policy": FIRST_POLICY["title"]} if "synchronization_policies" in declared else {}
    setup_progress.remember(shop=key, policy=None, finished=None, skipped=None, **made)
    current_shop.read_anew()
    return shown(secret)


@pages.get("/setup/magento/<key>/first-webhook")
@requires(Role.ADMIN)
def first_webhook(key: str) -> ResponseReturnValue:
    """Show the live part of the page: whether the first webhook has arrived."""
    if key not in current_shop.rulebooks().shops:
        abort(404, f"There is no shop {key!r}.")
    with console_context().database.read() as connection:
        found = first_event.heard(connection, key)
    if not request.headers.get("HX-Request"):
        return redirect(url_for("setup_magento.index"), 303)
    progress = setup_progress.progress() if found is not None else None
    return render_template("setup/arrived.html", heard=found, key=key, progress=progress)


def shown(secret: str | None = None) -> str:
    """Show the shop that is being set up: what to copy, and whether its first webhook has arrived."""
    progress = setup_progress.progress()
    shop = progress.shop
    assert shop is not None  # noqa: S101
    return render_template(
        "setup/magento.html",
        progress=progress,
        step="magento",
        shop=shop,
        key=shop.key,
        heard=progress.heard,
        secret=secret,
        url=webhook_url(shop.key),
    )


def webhook_url(key: str) -> str:
    """Return the address to which the shop's Magento store sends its webhooks."""
    return f"{console_context().webhooks_url}/webhooks/magento/{key}"


def _form(fields: dict[str, object], errors: dict[str, list[str]] | None = None) -> str:
    policies = [(title, title) for title in sorted(current_shop.rulebooks().policies)]
    return render_template(
        "setup/magento_form.html",
        progress=setup_progress.progress(),
        step="magento",
        fields=fields,
        errors=errors or {},
        labels=labels(),
        not_built=not_built(),
        senders=SENDERS.values(),
        price_scopes=PRICE_SCOPES,
        store_lists=STORE_LISTS,
        policies=policies,
        new=True,
    )


def _refuse_key_in_use(connection: Connection, key: str) -> None:
    if key in shops.load_all(connection, console_context().box):
        raise KeyInUse
