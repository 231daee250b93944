"""counters by kind, label and reason instead of by a name made of the three"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

from records.migrations.columns import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LABEL_LENGTH = 60
NAME_LENGTH = 80
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WITH_REASON = "decision"
"""The one kind whose names had three parts; a name of any other kind is its kind and its label."""


def upgrade() -> None:
    connection = op.get_bind()
    names = op.create_table(
        "tally_names",
        sa.Column("name", sa.String(length=NAME_LENGTH), primary_key=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=LABEL_LENGTH), nullable=False),
        sa.Column("reason", sa.String(length=LABEL_LENGTH), nullable=False),
    )
    found = connection.execute(sa.text("SELECT DISTINCT name FROM tallies")).scalars().all()
    if found:
        connection.execute(sa.insert(names), [{"name": name, **parts_of(name)} for name in found])
    # Copied twice: on PostgreSQL the new table cannot have the name of its key while the old table has it.
    op.create_table("moved_tallies", *columns("kind", "label", "reason"))
    op.execute(
        "INSERT INTO moved_tallies (step, at, shop, kind, label, reason, number)"
        " SELECT step, at, shop, kind, label, reason, number"
        " FROM tallies JOIN tally_names ON tally_names.name = tallies.name"
    )
    op.drop_table("tally_names")
    replace("kind", "label", "reason")


def downgrade() -> None:
    op.create_table("moved_tallies", *columns("name"))
    op.execute(
        "INSERT INTO moved_tallies (step, at, shop, name, number)"
        " SELECT step, at, shop, substr(trim(kind || ' ' || label || ' ' || reason), 1, 80), number FROM tallies"
    )
    replace("name")


def columns(*key: str) -> list[SchemaItem]:
    lengths = {"name": NAME_LENGTH, "kind": 20}
    return [
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.String(length=lengths.get(name, LABEL_LENGTH)), nullable=False) for name in key),
        sa.Column("number", NUMBER, nullable=False),
    ]


def replace(*key: str) -> None:
    """Make the table anew, with this key after step, moment and shop, and the rows of `moved_tallies`."""
    op.drop_table("tallies")
    every = ["step", "at", "shop", *key]
    new = op.create_table("tallies", *columns(*key), sa.PrimaryKeyConstraint(*every, name=op.f("pk_tallies")))
    stored = [*every, "number"]
    moved = sa.table("moved_tallies", *map(sa.column, stored))
    op.execute(sa.insert(new).from_select(stored, sa.select(moved)))
    op.drop_table("moved_tallies")
    op.create_index("ix_tallies_step_shop_at", "tallies", ["step", "shop", "at"])


def parts_of(name: str) -> dict[str, str]:
    """The parts of a name of version 0.1.0: `decision sync attribute_changed`, `call price`, `waiting`."""
    kind, _, label = name.partition(" ")
    reason = ""
    if kind == WITH_REASON:
        label, _, reason = label.partition(" ")
    return {"kind": kind[:20], "label": label[:LABEL_LENGTH], "reason": reason[:LABEL_LENGTH]}
