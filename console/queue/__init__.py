"""The sync queue."""
