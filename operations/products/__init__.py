"""What people ask about a product, and ask to be done with it."""
