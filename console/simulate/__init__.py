"""Simulations of drafts."""
