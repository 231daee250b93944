"""pricing and inventory policies, and the prices that a person confirmed"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("pricing_policies", "inventory_policies"):
        op.create_table(
            name,
            sa.Column("title", sa.String(length=120), nullable=False),
            sa.Column("document", Json(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("title", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "confirmed_prices",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("seller_sku", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name=op.f("fk_confirmed_prices_product_id_products"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("product_id", "seller_sku", name=op.f("pk_confirmed_prices")),
    )


def downgrade() -> None:
    for name in ("confirmed_prices", "inventory_policies", "pricing_policies"):
        op.drop_table(name)
