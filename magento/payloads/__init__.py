"""What Magento sends of a product, read into product events."""
