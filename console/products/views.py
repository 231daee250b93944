"""The list of products, and a product's page, which says why it was or wasn't synced."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from console.products.timeline import ENDS, chapters
from console.web import audit, current_shop
from console.web.access import author
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from console.web.url_ids import row_id
from operations.products.confirm_price import confirm
from operations.products.dry_run import dry_run
from operations.products.explain import explain
from operations.products.request_sync import decide_requests, enqueue_requests
from policies.messages import QUEUED
from policies.product_context import ProductContext
from policies.reasons import HOLDING, Reason
from policies.standing import LeftAlone, standing
from records.catalog import listings, product_list, products, sync_queue
from records.catalog.product_list import STATES, ProductPage
from records.log import activity
from schemas.listing import Listing, Money
from schemas.product import Product
from topics.errors import Refused

pages = Blueprint("products", __name__)

A_PAGE = 50
COLUMNS = ("sku", "name", "template", "tiktok_product_id", "status", "last_outcome", "last_message")


@pages.get("/products")
def index() -> ResponseReturnValue:
    """Show the products received from Magento."""
    shop = current_shop.chosen_shop()
    if shop is None:
        return render_template("products/index.html", rows=None, states=STATES)
    wanted = asked_format()
    page = ProductPage(
        shop,
        (MOST_ROWS if wanted else A_PAGE) + 1,
        request.args.get("before", type=row_id),
        request.args.get("state") if request.args.get("state") in STATES else None,
        request.args.get("template") or None,
        request.args.get("sku", "").strip()[:64] or None,
    )
    with console_context().database.read() as connection:
        ids = product_list.ids(connection, page)
        stored, found = products.load(connection, ids), listings.load(connection, ids)
        waiting = product_list.waiting(connection, ids[:A_PAGE])
    if wanted:
        rows = [_row(stored[product_id], found[product_id]) for product_id in ids[:MOST_ROWS]]
        return as_file(wanted, f"products-{shop}", COLUMNS, rows)
    shown = ids[:A_PAGE]
    return render_template(
        "products/index.html",
        rows=[
            (
                stored[product_id],
                found[product_id],
                product_id in waiting,
                _left_alone(stored[product_id], found[product_id]),
            )
            for product_id in shown
        ],
        holding=HOLDING,
        older=shown[-1] if len(ids) > A_PAGE and not page.sku else None,
        states=STATES,
        templates=[template.title for template in current_shop.rulebooks().templates],
        asked=page,
    )


@pages.get("/products/find")
def search() -> ResponseReturnValue:
    """Redirect to the product with this SKU; show a list if several shops have it, or none."""
    sku = request.args.get("sku", "").strip()
    with console_context().database.read() as connection:
        found = products.by_sku(connection, None, sku) if sku else []
    living = [
        product for product in found if product.shop in current_shop.rulebooks().shops and not product.deleted
    ]
    if len(living) == 1:
        return redirect(url_for("products.show", product_id=living[0].id), 303)
    if len(living) > 1:
        return render_template("products/found.html", sku=sku, found=living)
    if not found:
        flash(f"No product has the SKU {sku!r}.", "info")
    return redirect(url_for("products.index", sku=sku), 303)


@pages.get("/products/<int:product_id>")
def show(product_id: int) -> ResponseReturnValue:
    """Show whether TikTok has the product as it is in Magento, and if not, why."""
    now = console_context().clock()
    with console_context().database.read() as connection:
        product = _product(connection, product_id)
        rulebooks = current_shop.rulebooks()
        explained = explain(connection, product, rulebooks, now)
        listing = listings.load(connection, [product_id])[product_id]
        policy = rulebooks.policy_of(product.shop).policy
        found = chapters(
            product_list.events_of(connection, product_id),
            activity.of_product(connection, product_id) if policy.activity_log else [],
            product_list.feed_of(connection, product_id),
        )
    return render_template(
        "products/show.html",
        product=product,
        listing=listing,
        explained=explained,
        policy=policy,
        chapters=found,
        ends=ENDS,
    )


@pages.get("/products/<int:product_id>/dry-run")
def dry(product_id: int) -> ResponseReturnValue:
    """Show what a sync would send now."""
    with console_context().database.read() as connection:
        product = _product(connection, product_id)
        would = dry_run(connection, product, current_shop.rulebooks(), console_context().clock())
    return render_template("products/dry_run.html", product=product, would=would)


@pages.post("/products/<int:product_id>/sync")
def sync(product_id: int) -> ResponseReturnValue:
    """Request a sync of the product."""
    now = console_context().clock()
    with console_context().database.write() as connection:
        product = _product(connection, product_id)
        queued = sync_queue.get(connection, product_id)
        decided = decide_requests(connection, [product_id], console_context().rulebooks.read(connection), now)
        would = dry_run(connection, product, current_shop.rulebooks(), now)
        enqueue_requests(connection, decided, now=now, author=author())
    for request_decision in decided:
        if request_decision.decision.is_due:
            requested = f"asked for: {request_decision.decision.action.value}, {request_decision.decision.reason.value}"
            audit.record(f"sync of {product.sku}", "queued" if queued else "not queued", requested)
        refused = ["But it will be refused:", *would.refused] if would.refused_here else []
        words = " ".join([request_decision.sentence(QUEUED), *refused])
        flash(words, "success" if request_decision.decision.is_due and not refused else "warning")
    return redirect(url_for("products.show", product_id=product_id), 303)


@pages.post("/products/<int:product_id>/confirm-price")
def confirm_price(product_id: int) -> ResponseReturnValue:
    """Confirm a price that the price guard holds back, if it is still the price that was shown."""
    now = console_context().clock()
    with console_context().database.write() as connection:
        product = _product(connection, product_id)
        rulebooks = console_context().rulebooks.read(connection)
        sent = listings.load(connection, [product_id])[product_id].last_sent.price or {}
        try:
            prices = confirm(
                connection, product, rulebooks, now=now, author=author(), only=request.form.get("amount")
            )
        except Refused as refused:
            flash(f"{refused} {refused.next_step}".strip(), "warning")
        else:
            for sku, money in prices.items():
                audit.record(
                    f"confirmed price of {sku}", _words(sent[sku]) if sku in sent else "", _words(money)
                )
            text = ", ".join(map(_words, prices.values()))
            flash(f"{text} is confirmed and will be sent to TikTok now.", "success")
    return redirect(url_for("products.show", product_id=product_id), 303)


def _product(connection: Connection, product_id: int) -> Product:
    found = products.load(connection, [product_id]).get(product_id)
    if found is None or found.shop not in current_shop.rulebooks().shops:
        abort(404, "There is no such product.")
    return found


def _left_alone(product: Product, listing: Listing) -> Reason | None:
    """Return why nothing is sent of this product whatever changes; None where it is synced."""
    stands = standing(ProductContext(product, listing), current_shop.rulebooks().of(product.shop))
    return stands.reason if isinstance(stands, LeftAlone) else None


def _words(money: Money) -> str:
    return f"{money.amount} {money.currency}"


def _row(product: Product, listing: Listing) -> dict[str, object]:
    return {
        "sku": product.sku,
        "name": product.name,
        "template": listing.template,
        "tiktok_product_id": listing.tiktok_product_id,
        "status": listing.status,
        "last_outcome": listing.last_outcome,
        "last_message": listing.last_message,
    }
