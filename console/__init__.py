"""The window: the web console of the merchant and of ops."""
