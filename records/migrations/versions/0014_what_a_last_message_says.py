"""what the last message of a listing says, in codes that are compared in place of its words"""

import ast
import re

import sqlalchemy as sa
from alembic import op

from records.migrations.columns import Json

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PAGE = 1000
WAITS = {
    "The shop's listing limit of the day is reached; we go on when it opens again.": "daily_listing_limit",
    "A promotion locks the price; it is sent when the promotion ends.": "price_in_promotion",
    "A promotion locks the stock; it is sent when the promotion ends.": "stock_in_promotion",
}
"""The sentences that version 0.1.0 stored of a listing that waits."""
OWNERS = re.compile(r"It waits for (.+), whose listing on TikTok carries this SKU\.\Z", re.DOTALL)
SKU = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|None""")
FALL = re.compile(
    r"The price of (.+?) was not sent: it falls from (\S+) to (\S+) (\S+), by \S+ %, "
    r"and the guard holds what falls by more than (\S+) %\."
)
LISTINGS = sa.table(
    "listings", sa.column("product_id"), sa.column("last_message"), sa.column("last_codes", Json())
)


def upgrade() -> None:
    op.add_column("listings", sa.Column("last_codes", Json(), nullable=True))
    connection, last = op.get_bind(), 0
    query = sa.select(LISTINGS.c.product_id, LISTINGS.c.last_message).where(
        LISTINGS.c.last_message.is_not(None)
    )
    store = (
        sa.update(LISTINGS)
        .where(LISTINGS.c.product_id == sa.bindparam("row"))
        .values(last_codes=sa.bindparam("codes", type_=Json()))
    )
    while True:
        page = query.where(LISTINGS.c.product_id > last).order_by(LISTINGS.c.product_id).limit(PAGE)
        rows = connection.execute(page).all()
        if not rows:
            return
        connection.execute(
            store, [{"row": row.product_id, "codes": codes_of(row.last_message)} for row in rows]
        )
        last = rows[-1].product_id


def codes_of(message: str) -> list[list[str]]:
    """What a sentence of version 0.1.0 says. Of most no more is compared than the kind of their outcome."""
    if message in WAITS:
        return [[WAITS[message]]]
    if (owners := OWNERS.match(message)) is not None:
        skus = [ast.literal_eval(sku) or "" for sku in SKU.findall(owners[1])]
        return [["sku_of", *sorted(skus)]]
    return [*(["price_guard", *fall] for fall in FALL.findall(message)), ["unknown"]]


def downgrade() -> None:
    op.drop_column("listings", "last_codes")
