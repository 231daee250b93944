"""An apply file with a policy, a template and a shop, and the faults of a changed file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from schemas.apply_file import InvalidDocument, load_declaration

WEBHOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
TOKENS = ("app-secret-e59af819cc", "TTP_access-Fw8rBwAAAAAk", "TTP_refresh-NTUxZTNhYTQ")

FILE = f"""
synchronization_policies:
  - title: Default
    product_update: true
    inventory_price_sync: true
    only_specific_attributes: true
    observed_attributes: [color, color, price]
listing_templates:
  - title: Shirts
    priority: 10
    query: {{match: all, rows_are: true, conditions: [{{attribute: attribute_set_id, operator: is, value: "9"}}]}}
    category_id: "600001"
    package_weight: {{value: "0.3", unit: KILOGRAM}}
    attributes:
      - {{tiktok_attribute_id: "100392", magento_attribute: color, values: {{"49": Black}}}}
    image_uri: tos-maliva-i-o3syd03w52-us/c668cdf70b7f483c94dbe
shops:
  - key: demo
    title: Demo shop
    synchronization_policy: Default
    magento:
      sender: standard
      secrets: ["{WEBHOOK_SECRET}"]
      store_view_id: 1
      attribute_types: {{material: multiselect}}
    tiktok:
      app_key: 29a39d
      app_secret: {TOKENS[0]}
      access_token: {TOKENS[1]}
      refresh_token: {TOKENS[2]}
      shop_cipher: GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3
      region: US
      currency: USD
      warehouse_id: "7068517275539719942"
"""


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FILE)
    return loaded


def faults(value: object) -> list[str]:
    with pytest.raises(InvalidDocument) as refused:
        load_declaration(value)
    return [str(fault) for fault in refused.value.faults]
