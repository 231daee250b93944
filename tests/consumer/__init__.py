"""Tests of the consumer, on a real SQLite file and a strict TikTok sandbox."""
