"""The errors of the store.

StoreError
├── InvalidChange    400  a value, attribute or option that is not valid in this store
├── NotAuthorized    401  REST without the access token
├── NoSuchProduct    404
├── NoSuchEntity     404  anything else that a REST request names
├── ApplicationFailed 500 what REST answers with plain text
├── SkuTaken         409
├── BurstRunning     409
├── StoreClosed      503
└── DataInUse             another process has the data folder open
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class StoreError(Exception):
    """Base class; `status` is the HTTP status of the response.

    `parameters` are the values for the placeholders in the message, which Magento's REST API sends beside it.
    """

    status: ClassVar[int] = 400

    def __init__(self, message: str, parameters: Sequence[str] | Mapping[str, str] = ()) -> None:
        super().__init__(message)
        self.parameters = parameters


class InvalidChange(StoreError):
    """A change names something unknown or has an invalid value."""


class NotAuthorized(StoreError):
    """REST without the access token."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            "The consumer isn't authorized to access %resources.", {"resources": "Magento_Catalog::products"}
        )


class NoSuchEntity(StoreError):
    """The request names something that this store does not have."""

    status = 404


class NoSuchProduct(StoreError):
    """No product has this SKU, or this entity id."""

    status = 404

    def __init__(self, sku: str) -> None:
        super().__init__("The product that was requested doesn't exist. Verify the product and try again.")
        self.sku = sku


class ApplicationFailed(StoreError):
    """An error that the REST API answers with plain text."""

    status = 500

    def __init__(self) -> None:
        super().__init__("An error has happened during application run. See exception log for details.\n")


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
    """The store was closed meanwhile."""

    status = 503

    def __init__(self) -> None:
        super().__init__("The store is closing: try again after its next start.")
