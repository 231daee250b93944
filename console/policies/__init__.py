"""Policies: list, forms, review, history."""
