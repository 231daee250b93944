"""Products: list, verdict, timeline."""
