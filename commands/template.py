"""`m2t template`: the listing templates."""

from __future__ import annotations

from commands.edited import Edited, group
from schemas.listing_template import ListingTemplateSchema

command = group(
    "template",
    "Listing templates: list them, show one, its history, and restore an earlier version.",
    [Edited("listing", "listing_templates", ListingTemplateSchema)],
)
