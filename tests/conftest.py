"""What tests of every room may ask for."""

import os

from hypothesis import settings

from tests.broker import broker, topic_prefix
from tests.browser import browser

__all__ = ["broker", "browser", "topic_prefix"]

# What `make test` says depends on the code alone; `make explore` looks for examples that nobody has seen yet.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("M2T_HYPOTHESIS", "fixed"))
