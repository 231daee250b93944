"""the tallies of one shop are read without walking over those of the others"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tallies_step_shop_at", "tallies", ["step", "shop", "at"])


def downgrade() -> None:
    op.drop_index("ix_tallies_step_shop_at", "tallies")
