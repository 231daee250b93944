"""Products, listings and the sync queue."""
