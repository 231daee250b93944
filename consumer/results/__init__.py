"""What intake and delivery did, written to the database."""
