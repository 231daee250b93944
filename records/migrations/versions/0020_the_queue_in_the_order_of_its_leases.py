"""the sync queue by shop, lane and due time: the orders in which rows are leased"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_pending_syncs_shop_due_at", "pending_syncs", ["shop", "due_at"])
    op.create_index("ix_pending_syncs_shop_lane_due_at", "pending_syncs", ["shop", "lane", "due_at"])
    op.drop_index("ix_pending_syncs_due_at", "pending_syncs")


def downgrade() -> None:
    op.create_index("ix_pending_syncs_due_at", "pending_syncs", ["due_at"])
    op.drop_index("ix_pending_syncs_shop_lane_due_at", "pending_syncs")
    op.drop_index("ix_pending_syncs_shop_due_at", "pending_syncs")
