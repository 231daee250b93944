"""Magento's REST API, for reading."""
