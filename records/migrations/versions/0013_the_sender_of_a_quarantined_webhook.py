"""the sender of a quarantined webhook, by which it is read again; until now there was only the standard one"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dead_letters", sa.Column("sender", sa.String(40), nullable=True))
    letters = sa.table("dead_letters", sa.column("error_class"), sa.column("sender"))
    op.execute(sa.update(letters).where(letters.c.error_class == "Quarantined").values(sender="standard"))


def downgrade() -> None:
    op.drop_column("dead_letters", "sender")
