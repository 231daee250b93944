"""Alembic's environment for the tables of `records`."""
