"""which products are not visible individually, kept so that they can be counted; jobs by how far they are"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BATCH = 500

products = sa.table(
    "products", sa.column("id"), sa.column("deleted", sa.Boolean), sa.column("hidden", sa.Boolean)
)
layers = sa.table(
    "product_layers",
    sa.column("product_id"),
    sa.column("default_layer", Json),
    sa.column("store_view_layer", Json),
)


def upgrade() -> None:
    op.add_column("products", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    op.create_index(
        "ix_products_hidden",
        "products",
        ["shop", "hidden", "entity_id"],
        sqlite_where=sa.text("hidden = 1"),
        postgresql_where=sa.text("hidden"),
    )
    op.create_index(op.f("ix_jobs_kind_state_id"), "jobs", ["kind", "state", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_jobs_kind_state_id"), "jobs")
    op.drop_index("ix_products_hidden", "products")
    op.drop_column("products", "hidden")


def _fill() -> None:
    connection, last = op.get_bind(), 0
    both = sa.select(layers).join_from(products, layers, layers.c.product_id == products.c.id)
    while rows := connection.execute(
        both.where(products.c.id > last, sa.not_(products.c.deleted)).order_by(products.c.id).limit(BATCH)
    ).all():
        hidden = [row.product_id for row in rows if _is_hidden(row.default_layer, row.store_view_layer)]
        if hidden:
            connection.execute(sa.update(products).where(products.c.id.in_(hidden)).values(hidden=True))
        last = rows[-1].product_id


def _is_hidden(default: dict[str, object], view: dict[str, object]) -> bool:
    """As the product's rule had it when this was written: the view's own value, else the inherited one."""
    own = view.get("visibility")
    told = own if own is not None else default.get("visibility")
    try:
        return int(str(told)) == 1
    except ValueError:
        return False
