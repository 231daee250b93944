"""The rules that a product has to meet."""
