"""what TikTok demands of products in a category, as it was last read"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("category_id", sa.String(length=30), nullable=False),
        sa.Column("category_version", sa.String(length=4), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("read_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "category_id", "category_version", name=op.f("pk_categories")),
    )


def downgrade() -> None:
    op.drop_table("categories")
