"""the digest of the body that an event's webhook had, to notice an id that comes again with another body"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("body_digest", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("events", "body_digest")
