"""The rules, as the merchant would read them."""
