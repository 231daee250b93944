"""Acts in Magento, end to end: what the store holds after each, and what TikTok has."""
