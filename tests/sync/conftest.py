"""The engine and the TikTok sandbox of the consumer's tests, for the tests of what the consumer shares."""

from tests.consumer.conftest import case, deliver, engine, listed, live, sold, tiktok

__all__ = ["case", "deliver", "engine", "listed", "live", "sold", "tiktok"]
