"""What a product event does to the last known state of its product."""
