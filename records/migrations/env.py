"""Alembic's entry: runs the migrations on the connection that it is handed."""

from alembic import context
from sqlalchemy import MetaData

from records.migrations.columns import NAMES

context.configure(
    connection=context.config.attributes["connection"],
    # Only its naming convention is read here: the tables of the code are none of the migrations' business.
    target_metadata=MetaData(naming_convention=NAMES),
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
