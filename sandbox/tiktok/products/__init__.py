"""Products and what is done to them."""
