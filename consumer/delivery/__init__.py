"""Delivery: sync the listings that are due to TikTok."""
