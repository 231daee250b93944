"""the console: who may look, what they did, its jobs; tallies and heartbeats; how dead letters were settled"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_audit")),
    )
    op.create_table(
        "console_state",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_console_state")),
    )
    op.create_table(
        "console_users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_users")),
        sa.UniqueConstraint("name", name=op.f("uq_console_users_name")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(length=120), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("result", Json(), nullable=True),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("beat_at", Moment(), nullable=True),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_kind_id"), ["kind", "id"], unique=False)

    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_failures_at"), ["at"], unique=False)

    op.create_table(
        "tallies",
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("step", "at", "shop", "name", name=op.f("pk_tallies")),
    )
    op.create_table(
        "console_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["console_users.id"], name=op.f("fk_console_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_console_sessions")),
    )
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_console_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "console_tickets",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("until", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["console_users.id"], name=op.f("fk_console_tickets_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_console_tickets")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_event_id"), ["event_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_activity_shop_action_id"), ["shop", "action", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_activity_shop_id"), ["shop", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_shop_level_id"), ["shop", "level", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_activity_shop_reason_id"), ["shop", "reason", "id"], unique=False
        )

    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("settled", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("settled_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("settled_by", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("settled_note", sa.Text(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_dead_letters_settled_reason_id"), ["settled", "reason", "id"], unique=False
        )

    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failed", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(batch_op.f("ix_feeds_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_shop_failed_id"), ["shop", "failed", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feeds_shop_id"), ["shop", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_feeds_shop_operation_id"), ["shop", "operation", "id"], unique=False
        )

    with op.batch_alter_table("listings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_listings_shop_last_outcome_product_id"),
            ["shop", "last_outcome", "product_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_listings_shop_status_product_id"), ["shop", "status", "product_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_listings_shop_template_product_id"),
            ["shop", "template", "product_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("listings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listings_shop_template_product_id"))
        batch_op.drop_index(batch_op.f("ix_listings_shop_status_product_id"))
        batch_op.drop_index(batch_op.f("ix_listings_shop_last_outcome_product_id"))

    with op.batch_alter_table("feeds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feeds_shop_operation_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_shop_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_shop_failed_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_request_id"))
        batch_op.drop_index(batch_op.f("ix_feeds_event_id"))
        batch_op.drop_column("failed")

    with op.batch_alter_table("dead_letters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dead_letters_settled_reason_id"))
        batch_op.drop_column("settled_note")
        batch_op.drop_column("settled_by")
        batch_op.drop_column("settled_at")
        batch_op.drop_column("settled")

    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_shop_reason_id"))
        batch_op.drop_index(batch_op.f("ix_activity_shop_level_id"))
        batch_op.drop_index(batch_op.f("ix_activity_shop_id"))
        batch_op.drop_index(batch_op.f("ix_activity_shop_action_id"))
        batch_op.drop_index(batch_op.f("ix_activity_event_id"))

    op.drop_table("console_tickets")
    with op.batch_alter_table("console_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_console_sessions_user_id"))

    op.drop_table("console_sessions")
    op.drop_table("tallies")
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_failures_at"))

    op.drop_table("sign_in_failures")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_kind_id"))

    op.drop_table("jobs")
    op.drop_table("heartbeats")
    op.drop_table("console_users")
    op.drop_table("console_state")
    op.drop_table("console_audit")
