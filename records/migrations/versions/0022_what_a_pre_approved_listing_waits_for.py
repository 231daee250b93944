"""what a listing waits for that passed TikTok's audit and needs something of the seller"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listings", sa.Column("pre_approved", sa.String(length=60), nullable=True))


def downgrade() -> None:
    op.drop_column("listings", "pre_approved")
