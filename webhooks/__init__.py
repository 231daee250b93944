"""The door: verify the sender, make a product event, publish it."""
