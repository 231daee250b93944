"""image policies, the images that TikTok has, and where they came from"""

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "image_policies",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("title", name=op.f("pk_image_policies")),
    )
    op.create_table(
        "uploaded_images",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uri", sa.String(length=500), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "sha256", name=op.f("pk_uploaded_images")),
    )
    op.create_index(op.f("ix_uploaded_images_shop_uri"), "uploaded_images", ["shop", "uri"])
    op.create_table(
        "image_sources",
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("etag", sa.String(length=210), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("shop", "url", name=op.f("pk_image_sources")),
    )


def downgrade() -> None:
    for name in ("image_sources", "uploaded_images", "image_policies"):
        op.drop_table(name)
