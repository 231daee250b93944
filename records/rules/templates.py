"""Listing templates, in order of priority."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select

from records.rules import versions
from records.rules.tables import listing_templates
from schemas.listing_template import ListingTemplate, ListingTemplateSchema
from schemas.query_condition import dump_query

_SCHEMA = ListingTemplateSchema()


def load_all(connection: Connection) -> tuple[ListingTemplate, ...]:
    """Return every template, ordered by priority number, then by title."""
    loaded = [_SCHEMA.load(row.document) for row in connection.execute(select(listing_templates))]
    return tuple(sorted(loaded, key=lambda template: (template.priority, template.title)))


def save(connection: Connection, template: ListingTemplate, *, now: datetime, author: str) -> bool:
    """Store the template as a new version; return False if nothing has changed."""
    document = {code: value for code, value in asdict(template).items() if value is not None}
    document["query"] = dump_query(template.query)
    document["attributes"] = [
        {code: value for code, value in mapping.items() if value is not None}
        for mapping in document["attributes"]
    ]
    return versions.put(connection, listing_templates, document, now=now, author=author)
