"""The web console, for the merchant and for ops."""
