"""What tests of every room may ask for."""

from tests.broker import broker, topic_prefix
from tests.browser import browser

__all__ = ["broker", "browser", "topic_prefix"]
