"""A small store on its own folder, a receiver of its webhooks, and a client of its addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from sandbox.magento import Store
from sandbox.magento.app import create_app
from sandbox.magento.burst import Burst
from tests.sandbox.magento.webhook_receiver import SECRET, Receiver

TOKEN = "an-access-token"
PRODUCTS = 12
"""Simple products of the small store; the tenth has a SKU with a slash and a space."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def open_store(tmp_path: Path, receiver: Receiver) -> Callable[[], Store]:
    """Return a function that opens this test's store, again if needed; retries follow at once."""
    return lambda: Store(
        tmp_path / "magento",
        webhook_url=receiver.url,
        secret=SECRET,
        products=PRODUCTS,
        retry_after=(0.01,) * 9,
    )


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Iterator[Store]:
    with open_store() as store:
        yield store


@pytest.fixture
def burst(store: Store) -> Iterator[Burst]:
    burst = Burst(store)
    yield burst
    burst.stop()


@pytest.fixture
def client(store: Store, burst: Burst) -> FlaskClient:
    return create_app(store, burst, TOKEN).test_client()
