"""Read the bodies of Magento's webhooks into products and their attributes."""
