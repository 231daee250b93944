"""A product's images, fetched from the shop's own media host."""
