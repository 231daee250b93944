"""Tests of the Magento store."""
