"""Delivery: listings that are due are brought to what TikTok should hold."""
