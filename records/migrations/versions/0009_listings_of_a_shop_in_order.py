"""the listings of a shop in their own order, for pages that walk back from the newest"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_listings_shop_product_id"), "listings", ["shop", "product_id"])
    op.create_index(
        op.f("ix_listings_shop_ineligible_reason_product_id"),
        "listings",
        ["shop", "ineligible_reason", "product_id"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_listings_shop_ineligible_reason_product_id"), "listings")
    op.drop_index(op.f("ix_listings_shop_product_id"), "listings")
