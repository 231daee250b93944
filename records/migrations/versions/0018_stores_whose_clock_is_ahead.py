"""stores whose clock is ahead of the endpoint's, by how much and since when"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "store_clocks",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("ahead_seconds", sa.BigInteger(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shop", name="pk_store_clocks"),
    )


def downgrade() -> None:
    op.drop_table("store_clocks")
