"""One listing of a shop for each TikTok product

Of several listings with the same TikTok product the oldest keeps it. The others are stored as refused because they are
a variant of another listing. A listing keeps one SKU, its product's: others that a seller added are not ours.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

PAGE = 5000
JSON = sa.LargeBinary
LISTINGS = sa.table(
    "listings",
    *(sa.column(name) for name in ("product_id", "shop", "tiktok_product_id", "status", "first_audit")),
    *(sa.column(name) for name in ("audit_since", "last_outcome", "last_message")),
    sa.column("gone", sa.Boolean),
    sa.column("skus", JSON),
    sa.column("last_codes", JSON),
)
PARTS = sa.table(
    "listing_parts",
    sa.column("product_id"),
    *(sa.column(name, JSON) for name in ("last_sent", "refused", "create_attempt")),
)
PRODUCTS = sa.table("products", sa.column("id"), sa.column("sku"))
VARIANT = "variant_of_another_listing"


def upgrade() -> None:
    connection = op.get_bind()
    _hold_duplicates(connection)
    _keep_own_skus(connection)
    op.drop_index("ix_listings_shop_tiktok_product_id", "listings")
    op.create_index(
        "ix_listings_shop_tiktok_product_id", "listings", ["shop", "tiktok_product_id"], unique=True
    )


def downgrade() -> None:
    op.drop_index("ix_listings_shop_tiktok_product_id", "listings")
    op.create_index("ix_listings_shop_tiktok_product_id", "listings", ["shop", "tiktok_product_id"])


def _hold_duplicates(connection: sa.Connection) -> None:
    """Take a TikTok product from every listing but the oldest, and store why the others are not on TikTok."""
    oldest = (
        sa.select(
            LISTINGS.c.shop, LISTINGS.c.tiktok_product_id, sa.func.min(LISTINGS.c.product_id).label("keeper")
        )
        .where(LISTINGS.c.tiktok_product_id.is_not(None))
        .group_by(LISTINGS.c.shop, LISTINGS.c.tiktok_product_id)
        .having(sa.func.count() > 1)
        .subquery()
    )
    others = sa.select(LISTINGS.c.product_id, LISTINGS.c.tiktok_product_id).join(
        oldest,
        sa.and_(
            LISTINGS.c.shop == oldest.c.shop,
            LISTINGS.c.tiktok_product_id == oldest.c.tiktok_product_id,
            LISTINGS.c.product_id != oldest.c.keeper,
        ),
    )
    for product_id, tiktok_product_id in connection.execute(others).all():
        connection.execute(
            sa.update(LISTINGS)
            .where(LISTINGS.c.product_id == product_id)
            .values(
                tiktok_product_id=None,
                skus=None,
                status=None,
                first_audit="none",
                gone=False,
                audit_since=None,
                last_outcome=VARIANT,
                last_message=f"The TikTok product {tiktok_product_id} is the listing of another product.",
                last_codes=json.dumps([[VARIANT, tiktok_product_id]]).encode(),
            )
        )
        connection.execute(
            sa.update(PARTS)
            .where(PARTS.c.product_id == product_id)
            .values(last_sent=None, refused=None, create_attempt=None)
        )


def _keep_own_skus(connection: sa.Connection) -> None:
    """Leave each listing its product's SKU of several: earlier versions took every SKU of a TikTok product for ours."""
    query = (
        sa.select(LISTINGS.c.product_id, LISTINGS.c.skus, PRODUCTS.c.sku)
        .join(PRODUCTS, PRODUCTS.c.id == LISTINGS.c.product_id)
        .where(LISTINGS.c.skus.is_not(None))
    )
    parts = sa.select(PARTS.c.last_sent).where(PARTS.c.product_id == sa.bindparam("row"))
    last = 0
    while rows := connection.execute(
        query.where(LISTINGS.c.product_id > last).order_by(LISTINGS.c.product_id).limit(PAGE)
    ).all():
        for row in rows:
            skus = json.loads(row.skus) or {}
            if len(skus) > 1 and row.sku in skus:
                last_sent = connection.execute(parts, {"row": row.product_id}).scalar() or b"{}"
                _keep(connection, row.product_id, {row.sku: skus[row.sku]}, json.loads(last_sent))
        last = rows[-1].product_id


def _keep(
    connection: sa.Connection, product_id: int, skus: dict[str, str], last_sent: dict[str, object]
) -> None:
    own = {
        name: {sku: value for sku, value in found.items() if sku in skus}
        for name in ("price", "stock")
        if isinstance(found := last_sent.get(name), dict)
    }
    content = last_sent.get("content")
    if isinstance(content, dict) and isinstance(content.get("skus"), list):
        own["content"] = {
            **content,
            "skus": [sku for sku in content["skus"] if sku.get("seller_sku") in skus],
        }
    connection.execute(
        sa.update(LISTINGS).where(LISTINGS.c.product_id == product_id).values(skus=json.dumps(skus).encode())
    )
    connection.execute(
        sa.update(PARTS)
        .where(PARTS.c.product_id == product_id)
        .values(last_sent=json.dumps({**last_sent, **own}).encode())
    )
