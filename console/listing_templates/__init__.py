"""Listing templates: list, form, query builder."""
