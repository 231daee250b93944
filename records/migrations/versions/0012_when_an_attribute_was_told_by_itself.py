"""when an attribute was told by itself, later than the newest full state of its product"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Moments

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("told_at", Moments(), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "told_at")
