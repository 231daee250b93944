"""Images that were uploaded for a listing before, so that a preview compares uris with uris."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from magento.media.allowed_addresses import AddressRefused, media_host
from policies.product_context import ProductContext
from policies.rulebook import Rulebook
from policies.standing import Live, standing
from policies.template_policies.images import wanted_images
from records.catalog import images


def uploaded_images(connection: Connection, context: ProductContext, rulebook: Rulebook) -> dict[str, str]:
    """Return the uris on TikTok of the product's images, by image as Magento names it; those uploaded before only.

    It is empty for a product that is not on TikTok: its preview has nothing to compare with.
    """
    urls = dict(_urls(context, rulebook)) if context.listing.exists else {}
    if not urls:
        return {}
    shop = rulebook.shop.key
    sources = images.sources(connection, shop, urls.values())
    digests = {url: source.sha256 for url, source in sources.items() if source.sha256 is not None}
    uris = images.uris(connection, shop, digests.values())
    return {image: uris[digests[url]] for image, url in urls.items() if digests.get(url) in uris}


def _urls(context: ProductContext, rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    """Yield each image that the listing should have, with its address in Magento."""
    live, magento = standing(context, rulebook), rulebook.shop.magento
    policy = rulebook.template_policies.images_of(live.template) if isinstance(live, Live) else None
    if policy is None:
        return
    try:
        host = media_host(magento.base_url, magento.media_url)
    except AddressRefused:
        return
    for image in wanted_images(context.product, policy):
        try:
            yield image, host.url_of(image)
        except AddressRefused:
            continue
