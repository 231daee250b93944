"""The fields of a product and of a SKU in the shapes that Get Product returns. Source: *Get Product*, *Edit Product*.

TikTok writes and returns some of them under other names: `delivery_option_ids` as `delivery_options`,
`subscribe_info_edit` as `subscribe_info`, `selling_format` as a tag, and a limit of the product with each of its SKUs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

AS_WRITTEN: Final = (
    *("title", "description", "package_weight", "package_dimensions", "product_attributes", "certifications"),
    *("size_chart", "video", "external_product_id", "is_cod_allowed", "is_not_for_sale", "scheduled_sale"),
    *("manufacturer_ids", "responsible_person_ids", "shipping_template_id", "search_terms"),
    *("key_product_features", "minimum_order_quantity", "shipping_insurance_requirement", "is_pre_owned"),
    *("pod_info", "primary_combined_product_id"),
)
REQUEST_ONLY: Final = frozenset(
    [
        *("idempotency_key", "save_mode", "skus", "locale", "auto_translate_enabled", "replicated_products"),
        "product_tag_operations",
    ]
)
"""Fields of a request that say how to carry it out, and are no content of the product."""
AUCTION: Final = "AUCTION"


def returned_content(content: Mapping[str, Any]) -> dict[str, object]:
    """Return the content's fields as Get Product returns them, without category, images and brand."""
    document: dict[str, object] = {
        name: content[name] for name in AS_WRITTEN if content.get(name) is not None
    }
    if options := content.get("delivery_option_ids"):
        document["delivery_options"] = [
            {"id": option, "name": f"Option {option}", "is_available": True} for option in options
        ]
    if subscription := content.get("subscribe_info_edit"):
        document["subscribe_info"] = {
            "subscribe_status": subscription.get("subscribe_status"),
            "subscribe_discount_details": subscription.get("discount_details") or [],
            "support_subscribe": True,
        }
    if content.get("selling_format") == "FIXED_PRICE_AND_LIVE_AUCTION":
        document["product_tags"] = [AUCTION]
    return document


def returned_sku_fields(fields: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, object]:
    """Return the SKU's fields, without price and stock, as Get Product returns them."""
    limit = content.get("purchase_order_quantity_limit")
    return {
        **{name: value for name, value in fields.items() if value is not None},
        **({} if limit is None else {"purchase_order_quantity_limit": limit}),
    }
