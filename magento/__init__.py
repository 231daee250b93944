"""Magento: what is read back from the merchant's store."""
