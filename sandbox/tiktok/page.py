"""Page: what the shops hold and what was done last, as plain HTML without a script."""

from __future__ import annotations

from typing import Any, Final

from flask import render_template_string

from sandbox.tiktok import seller_center
from sandbox.tiktok.product import Product
from sandbox.tiktok.world import World

LAST_EFFECTS: Final = 50
MOST_PRODUCTS: Final = 500

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TikTok Shop sandbox</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1a1a1a; }
h1 { font-size: 1.4rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin-top: 2rem; }
p { color: #555; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .7rem; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; color: #555; white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
small { color: #666; } .status { white-space: nowrap; font-weight: 600; }
.ACTIVATE { color: #0a6b3d; } .PENDING, .DRAFT { color: #8a5a00; } .FAILED, .FREEZE, .refused { color: #a11; }
.DELETED, .SELLER_DEACTIVATED, .PLATFORM_DEACTIVATED { color: #666; }
</style>
</head>
<body>
<h1>TikTok Shop sandbox</h1>
<p>A stand-in for TikTok Shop on this machine. Everything here is in memory.</p>
{% for shop, products, more in shops %}
<h2>{{ shop.name }} <small>{{ shop.region }}, {{ shop.currency }}, {{ shop.shop_cipher }}</small></h2>
{% if products %}
<div class="scroll"><table>
<tr><th>Title</th><th>Status</th><th>Seller SKU</th><th>Price</th><th>Quantity</th><th>Attributes</th></tr>
{% for product in products %}{% for sku in product.current.skus %}{% set offer = product.offers[sku.id] %}
<tr>
<td>{% if loop.first %}{{ product.current.content.title }}<br><small>{{ product.id }}</small>{% endif %}</td>
<td>{% if loop.first %}<span class="status {{ product.status }}">{{ product.status }}</span>
<br><small>audit {{ product.audit }}</small>{% for reason in product.failed_reasons %}
<br><small>{{ reason }}</small>{% endfor %}{% endif %}</td>
<td>{{ sku.seller_sku }}{% for one in sku.fields.sales_attributes or () %}
<br><small>{{ one.name }}: {{ one.value_name }}</small>{% endfor %}</td>
<td class="number">{{ money(offer) }}</td>
<td class="number">{{ offer.pieces.values() | sum }}</td>
<td>{% if loop.first %}{% for one in product.current.content.product_attributes or () %}
{{ one.name }}: {{ one['values'] | map(attribute='name') | join(', ') }}<br>{% endfor %}{% endif %}</td>
</tr>
{% endfor %}{% endfor %}
</table></div>
{% if more %}<p>And {{ more }} more.</p>{% endif %}
{% else %}<p>No products yet.</p>{% endif %}
{% endfor %}
<h2>Last calls</h2>
{% if effects %}
<div class="scroll"><table>
<tr><th>No.</th><th>Time (UTC)</th><th>Call</th><th>Product</th><th>Seller SKU</th><th>Fields</th><th>Answer</th></tr>
{% for one in effects %}
<tr>
<td class="number">{{ one.seq }}</td><td>{{ one.when }}</td><td>{{ one.operation }}</td>
<td>{{ one.product_id or '' }}</td><td>{{ one.seller_skus | join(', ') }}</td><td>{{ one.fields | join(', ') }}</td>
<td>{% if one.code == 0 %}done{% elif one.code is none %}<span class="refused">not done</span>
{% else %}<span class="refused">{{ one.code }}</span> {{ one.message }}{% endif %}
{% if one.fault %}<small>({{ one.fault }})</small>{% endif %}</td>
</tr>
{% endfor %}
</table></div>
{% else %}<p>No calls yet.</p>{% endif %}
</body>
</html>
"""


def page(world: World) -> str:
    """The page. Its caller is inside a request."""
    with world.now():
        shops = [(shop, *_newest(world, shop.shop_cipher)) for shop in world.shops]
        context: dict[str, Any] = {"shops": shops, "effects": list(world.effects.last(LAST_EFFECTS))}
        return render_template_string(_PAGE, money=seller_center.money, **context)


def _newest(world: World, cipher: str) -> tuple[list[Product], int]:
    found = seller_center.products(world, cipher=cipher)
    return found[::-1][:MOST_PRODUCTS], max(0, len(found) - MOST_PRODUCTS)
