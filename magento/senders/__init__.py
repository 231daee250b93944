"""How a Magento store signs and wraps its webhooks, a module for each way."""
