"""Policies, listing templates and shops: stored, compared, removed, simulated."""
