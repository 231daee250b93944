"""What tests of every room may ask for."""

from tests.broker import broker, topic_prefix

__all__ = ["broker", "topic_prefix"]
