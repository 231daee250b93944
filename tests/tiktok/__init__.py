"""Tests of `tiktok/`: what is sent to TikTok, and what its responses mean."""
