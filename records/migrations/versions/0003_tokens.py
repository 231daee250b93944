"""a shop's tokens: their expiries, the turn to renew them, and why a shop stands still"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENTS = ("tokens_given_at", "access_until", "refresh_until", "renewing_until", "stopped_since")
_TEXTS = ("tokens_refused", "stopped")


def upgrade() -> None:
    with op.batch_alter_table("shops", schema=None) as batch_op:
        for name in _MOMENTS:
            batch_op.add_column(sa.Column(name, Moment(), nullable=True))
        for name in _TEXTS:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("renewing_by", sa.String(length=40), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("shops", schema=None) as batch_op:
        for name in (*_MOMENTS, *_TEXTS, "renewing_by"):
            batch_op.drop_column(name)
