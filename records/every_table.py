"""All tables of the database under one `metadata`: importing this module imports each sub-package's tables."""

from __future__ import annotations

from records.accounts import tables as accounts
from records.catalog import tables as catalog
from records.db.tables import metadata
from records.jobs import tables as jobs
from records.log import tables as log
from records.rules import tables as rules

__all__ = ["accounts", "catalog", "jobs", "log", "metadata", "rules"]
