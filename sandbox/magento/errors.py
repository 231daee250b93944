"""The errors of the store.

StoreError
├── InvalidChange    400  a value, attribute or option that is not valid in this store
├── NotAuthorized    401  REST without the access token
├── NoSuchProduct    404
├── NoSuchEntity     404  anything else that a REST request names
├── SkuTaken         409
├── BurstRunning     409
├── StoreClosed      503
└── DataInUse             another process has the data folder open
"""

from __future__ import annotations

from typing import ClassVar


class StoreError(Exception):
    """Base class; `status` is the HTTP status of the response."""

    status: ClassVar[int] = 400


class InvalidChange(StoreError):
    """A change names something unknown or has an invalid value."""


class NotAuthorized(StoreError):
    """The consumer isn't authorized to access Magento_Catalog::products: send the access token as a Bearer token."""

    status = 401

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class NoSuchEntity(StoreError):
    """The request names something that this store does not have."""

    status = 404


class NoSuchProduct(StoreError):
    """The product that was requested doesn't exist. Verify the product and try again."""

    status = 404

    def __init__(self, sku: str) -> None:
        super().__init__(self.__doc__)
        self.sku = sku


class SkuTaken(StoreError):
    """Another product already has this SKU."""

    status = 409

    def __init__(self, sku: str) -> None:
        super().__init__(f"SKU {sku!r} is taken: choose another SKU, or save that product instead.")


class BurstRunning(StoreError):
    """Another burst is running."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "A burst is running: wait until GET /_store/burst no longer says so, or stop it with DELETE."
        )


class DataInUse(StoreError):
    """Two stores on one folder would send each webhook twice."""


class StoreClosed(StoreError):
    """The store is closing: try again after its next start."""

    status = 503

    def __init__(self) -> None:
        super().__init__(self.__doc__)
