"""The store's data: attributes, categories, products and the sample catalog."""
