"""pending syncs that only follow an audit to its end"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("pending_syncs") as table:
        table.add_column(sa.Column("following", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("pending_syncs") as table:
        table.drop_column("following")
