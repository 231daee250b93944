"""Fetch product images from the shop's own media host."""
