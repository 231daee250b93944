"""A Magento 2 store on one machine: a catalog, REST to read it, pages to edit it, signed webhooks on each save."""

from sandbox.magento.store import Store

__all__ = ["Store"]
