"""What the store says no to.

StoreError
├── InvalidChange    400  a value, an attribute or an option that this store does not know
├── NotAuthorized    401  REST without the access token
├── NoSuchProduct    404
├── NoSuchEntity     404  anything else that REST was asked for
├── SkuTaken         409
├── BurstRunning     409
├── StoreClosed      503
└── DataInUse             another process works on the same data folder
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """The store can't do that."""

    status: ClassVar[int] = 400


class InvalidChange(StoreError):
    """The change names something that this store does not know, or gives a value that can't be."""


class NotAuthorized(StoreError):
    """The consumer isn't authorized to access Magento_Catalog::products: send the access token as a Bearer token."""

    status = 401

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSuchEntity(StoreError):
    """What was asked for is not in this store."""

    status = 404


class NoSuchProduct(StoreError):
    """The product that was requested doesn't exist. Verify the product and try again."""

    status = 404

    def __init__(self, sku: str) -> None:
        super().__init__(self.__doc__)
        self.sku = sku


class SkuTaken(StoreError):
    """Two products can't share a SKU."""

    status = 409

    def __init__(self, sku: str) -> None:
        super().__init__(f"SKU {sku!r} is taken: choose another, or save that product instead.")


class BurstRunning(StoreError):
    """One burst at a time."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "A burst is running: wait until GET /_store/burst says it is done, or stop it with DELETE."
        )


class DataInUse(StoreError):
    """Two stores on one folder would send each webhook twice."""


class StoreClosed(StoreError):
    """The store is closing: ask again when it has been started anew."""

    status = 503

    def __init__(self) -> None:
        super().__init__(self.__doc__)
