"""Tests of the TikTok sandbox."""
