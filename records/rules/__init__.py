"""Shops, policies, listing templates and their versions."""
