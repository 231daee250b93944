"""Step 4, TikTok Shop: the app, the seller's authorization and the shop; or tokens that are entered manually."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from console.setup import connection_draft, progress
from console.setup.connection_draft import Draft, begun
from console.setup.offered_shops import faults_of_app, offers, picked_document
from console.shops.forms import LABELS, document_of, faults_by_field, tiktok_fields, tiktok_from
from console.shops.store import store, with_expiry
from console.web import audit, current_shop
from console.web.access import requires
from console.web.context import console_context
from records.accounts.users import Role
from schemas.apply_file import InvalidDocument
from schemas.secret import Secret
from schemas.shop import CURRENCIES, NOT_CONNECTED, REGIONS, Shop
from tiktok.client import tokens
from tiktok.client.authorized_shops import SCOPES
from tiktok.client.errors import TikTokError
from tiktok.client.transport import Transport

pages = Blueprint("connecting", __name__)

STATE: Final = "tiktok_consent"
NOT_FROM_HERE: Final = (
    "TikTok's answer does not belong to an authorization started in this session. Start again."
)


@pages.get("/setup/tiktok")
@requires(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the step of the set-up."""
    shop = progress.progress().shop
    if shop is None:
        flash("Set up Magento first: the shop's name and its webhook.", "info")
        return redirect(url_for("setup_magento.index"), 303)
    return _page(shop)


@pages.get("/shops/<key>/tiktok")
@requires(Role.ADMIN)
def of_shop(key: str) -> ResponseReturnValue:
    """Show the same page for any shop, to authorize it again or to pick another TikTok shop."""
    return _page(_shop(key))


@pages.post("/shops/<key>/tiktok/app")
@requires(Role.ADMIN)
def app(key: str) -> ResponseReturnValue:
    """Save the app's key and secret, before the seller authorizes it."""
    shop = _shop(key)
    found = _draft(shop)
    fields = {name: value.strip() for name, value in request.form.items()}
    draft = replace(
        found,
        app_key=fields.get("app_key", ""),
        app_secret=Secret(fields["app_secret"]) if fields.get("app_secret") else found.app_secret,
        service_id=fields.get("service_id", ""),
        region=fields.get("region", ""),
        currency=fields.get("currency", ""),
        api_url=fields.get("api_url", "").rstrip("/") or NOT_CONNECTED.api_url,
        auth_url=fields.get("auth_url", "").rstrip("/") or NOT_CONNECTED.auth_url,
        authorized=None,
        offers=(),
    )
    if errors := faults_of_app(shop, draft):
        return _page(shop, replace(draft, app_secret=found.app_secret), errors), 422
    _save(key, draft)
    audit.record_fields(f"app of {key}", found.app, draft.app)
    if found.service_id != draft.service_id:
        audit.record(f"app of {key} service_id", found.service_id, draft.service_id)
    flash("App saved. Next, the seller authorizes it.", "success")
    return _back(key)


@pages.get("/setup/tiktok/callback")
@requires(Role.ADMIN)
def callback() -> ResponseReturnValue:
    """Handle TikTok's redirect after the authorization, with a code that works once."""
    begun_here = session.pop(STATE, None)
    found, code = request.args.get("state", ""), request.args.get("code", "")
    if console_context().read_only:
        abort(403, "This console is read-only: nothing can be changed here.")
    if not begun_here or not hmac.compare_digest(begun_here["state"].encode(), found.encode()):
        abort(400, NOT_FROM_HERE)
    shop = _shop(begun_here["shop"])
    if not code:
        flash("TikTok sent no code: the seller did not authorize the app.", "warning")
        return _back(shop.key)
    return _consented(shop, code)


@pages.post("/shops/<key>/tiktok/code")
@requires(Role.ADMIN)
def code(key: str) -> ResponseReturnValue:
    """Use a code that was copied from the URL of TikTok's redirect."""
    found = request.form.get("code", "").strip()
    if not found:
        return _page(_shop(key), errors={"code": ["paste the code"]}), 422
    return _consented(_shop(key), found)


@pages.post("/shops/<key>/tiktok/pick")
@requires(Role.ADMIN)
def pick(key: str) -> ResponseReturnValue:
    """Pick one of the shops that the tokens give access to."""
    shop, draft = _shop(key), _draft(_shop(key))
    if draft.authorized is None:
        abort(409, "There are no tokens yet. Authorize the app first.")
    cipher = request.form.get("cipher", "")
    picked = next((offer for offer in draft.offers if offer.shop.cipher == cipher), None)
    if picked is None:
        return _page(shop, errors={"cipher": ["choose one of the shops"]}), 422
    if picked.shop.unsupported is not None:
        return _page(shop, errors={"cipher": [picked.shop.unsupported]}), 422
    tiktok = picked_document(draft, draft.authorized, picked, request.form)
    try:
        store(
            {"shops": [{**document_of(shop), "tiktok": tiktok}]},
            replace_tokens=True,
            after=with_expiry(
                draft.app_key, draft.authorized.pair, {cipher, *(offer.shop.cipher for offer in draft.offers)}
            ),
        )
    except InvalidDocument as invalid:
        return _page(shop, errors=faults_by_field(invalid)), 422
    return _connected(key, picked.shop.name or cipher)


@pages.post("/shops/<key>/tiktok/by-hand")
@requires(Role.ADMIN)
def by_hand(key: str) -> ResponseReturnValue:
    """Save the TikTok side as it was typed. A secret that is left empty keeps its value."""
    shop = _shop(key)
    tiktok = tiktok_from(request.form.to_dict(), shop.tiktok)
    new_tokens = any(request.form.get(name) for name in ("access_token", "refresh_token"))
    try:
        store({"shops": [{**document_of(shop), "tiktok": tiktok}]}, replace_tokens=new_tokens)
    except InvalidDocument as invalid:
        return _page(shop, errors=faults_by_field(invalid), by_hand=request.form), 422
    return _connected(key, shop.title)


def _consented(shop: Shop, code: str) -> ResponseReturnValue:
    """Exchange the code for tokens and read their shops. The code is used up, whatever follows."""
    draft = _draft(shop)
    if not draft.app_key:
        abort(409, "Enter the app's key and secret first.")
    try:
        authorized = tokens.authorize(draft.app, Secret(code), lambda _: None, transport=Transport())
    except TikTokError as error:
        words = f"TikTok issued no tokens: {error.message} {error.hint or 'Try again later.'}"
        return _page(shop, errors={"code": [words]}), 422
    audit.record_secret(f"authorization of {shop.key}", had_value=draft.authorized is not None)
    draft = replace(draft, authorized=authorized, offers=())
    _save(shop.key, draft)
    try:
        draft = replace(draft, offers=offers(shop, draft))
    except TikTokError as error:
        words = f"The tokens are saved, but TikTok did not list the shops: {error.message}. Authorize again."
        return _page(shop, draft, {"cipher": [words]}), 422
    _save(shop.key, draft)
    flash("The seller authorized the app. Choose the shop.", "success")
    return _back(shop.key)


def _connected(key: str, name: str) -> ResponseReturnValue:
    with console_context().database.write() as connection:
        connection_draft.forget(connection, key)
    flash(f"TikTok Shop {name} is connected.", "success")
    mine = progress.progress()
    in_setup = mine.shop is not None and mine.shop.key == key and not mine.step("summary").settled
    return redirect(url_for("setup.index") if in_setup else url_for("settings_shops.show", key=key), 303)


def _page(
    shop: Shop,
    draft: Draft | None = None,
    errors: Mapping[str, list[str]] | None = None,
    by_hand: Mapping[str, str] | None = None,
) -> str:
    draft = draft or _draft(shop)
    found = tiktok_fields(shop.tiktok)
    scopes = draft.authorized.scopes if draft.authorized else ()
    return render_template(
        "setup/tiktok.html",
        progress=progress.progress(),
        step="tiktok",
        shop=shop,
        draft=draft,
        errors=errors or {},
        summary={_place(name, by_hand is not None): item for name, item in (errors or {}).items()},
        labels={**LABELS, **{f"hand-{name}": words for name, words in LABELS.items()}},
        regions=[(region, region) for region in REGIONS],
        currencies=[(currency, currency) for currency in CURRENCIES],
        consent_url=draft.consent_url(_state(shop.key)) if draft.app_key and draft.app_secret else None,
        callback_url=url_for("connecting.callback", _external=True),
        missing_scopes=[scope for scope in SCOPES if scope not in scopes] if scopes else [],
        fields={**found, **{name: by_hand[name] for name in found if by_hand and name in by_hand}},
        typing_by_hand=by_hand is not None,
    )


def _place(name: str, by_hand: bool) -> str:
    """Return the id of the field at which an error is shown."""
    if by_hand:
        return f"hand-{name}"
    return "other_warehouses" if name == "warehouse_ids" else name


def _state(key: str) -> str:
    """Return the OAuth state: TikTok returns it, which proves that the authorization began here."""
    value = session.get(STATE)
    if not value or value["shop"] != key:
        value = session[STATE] = {"state": secrets.token_urlsafe(24), "shop": key}
    return str(value["state"])


def _shop(key: str) -> Shop:
    return current_shop.rulebooks().shops.get(key) or abort(404, f"There is no shop {key!r}.")


def _draft(shop: Shop) -> Draft:
    with console_context().database.read() as connection:
        return connection_draft.load(connection, shop.key, console_context().box) or begun(shop.tiktok)


def _save(key: str, draft: Draft) -> None:
    with console_context().database.write() as connection:
        connection_draft.save(connection, key, console_context().box, draft)


def _back(key: str) -> ResponseReturnValue:
    return redirect(url_for("connecting.of_shop", key=key), 303)
