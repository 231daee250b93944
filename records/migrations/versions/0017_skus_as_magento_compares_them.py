"""SKUs as Magento compares them, without letter case and trailing blanks, to find products by

Products whose SKUs differ by letter case alone stay apart: `m2t doctor` names them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PAGE = 5000
PRODUCTS = sa.table("products", sa.column("id"), sa.column("sku"), sa.column("sku_key"))


def upgrade() -> None:
    op.add_column("products", sa.Column("sku_key", sa.String(length=128), nullable=True))
    connection, last = op.get_bind(), 0
    query = sa.select(PRODUCTS.c.id, PRODUCTS.c.sku).where(PRODUCTS.c.sku.is_not(None))
    store = (
        sa.update(PRODUCTS).where(PRODUCTS.c.id == sa.bindparam("row")).values(sku_key=sa.bindparam("key"))
    )
    while rows := connection.execute(
        query.where(PRODUCTS.c.id > last).order_by(PRODUCTS.c.id).limit(PAGE)
    ).all():
        connection.execute(store, [{"row": row.id, "key": row.sku.rstrip().lower()} for row in rows])
        last = rows[-1].id
    op.create_index("ix_products_shop_sku_key", "products", ["shop", "sku_key"])


def downgrade() -> None:
    op.drop_index("ix_products_shop_sku_key", "products")
    op.drop_column("products", "sku_key")
