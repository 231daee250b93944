"""The activity log and the feed log."""
