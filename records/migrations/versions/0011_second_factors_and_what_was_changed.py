"""second factors, sessions that are renewed; what was changed stands in the row of who changed it"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("console_audit", sa.Column("changes", Json(), nullable=True))
    for name in ("renew", "by_link"):
        op.add_column(
            "console_sessions", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.create_table(
        "console_half_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["console_users.id"],
            name=op.f("fk_console_half_sessions_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_console_half_sessions")),
    )
    op.create_index(op.f("ix_console_half_sessions_user_id"), "console_half_sessions", ["user_id"])
    op.create_table(
        "console_second_factors",
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["console_users.id"],
            name=op.f("fk_console_second_factors_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_console_second_factors")),
    )
    op.create_table(
        "console_recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["console_users.id"],
            name=op.f("fk_console_recovery_codes_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_console_recovery_codes")),
    )
    op.create_index(op.f("ix_console_recovery_codes_user_id"), "console_recovery_codes", ["user_id"])


def downgrade() -> None:
    op.drop_table("console_recovery_codes")
    op.drop_table("console_second_factors")
    op.drop_table("console_half_sessions")
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.drop_column("by_link")
        batch_op.drop_column("renew")
    with op.batch_alter_table("console_audit", schema=None) as batch_op:
        batch_op.drop_column("changes")
