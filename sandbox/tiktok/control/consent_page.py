"""Consent: the page on which a seller lets an app call TikTok Shop for them, as the auth host shows it.

TikTok sends the browser back to the redirect URL that the app has in the Partner Center. Here the URL is typed in; the
code is shown beside the way back, for who has no URL that this browser reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import render_template

from sandbox.tiktok.world import World


def consent_page(world: World, asked: Mapping[str, str]) -> tuple[str, int]:
    """The shops of the app that the seller may open."""
    shops = [shop for shop in world.shops if shop.app_key == asked.get("app_key")]
    return render_template(
        "consent.html", shops=shops, app_key=asked.get("app_key", ""), state=asked.get("state", "")
    ), 200 if shops else 404


def consented_page(world: World, told: Mapping[str, str]) -> tuple[str, int]:
    """The seller has consented: the code, and the way back with it."""
    cipher, back = told.get("cipher", ""), told.get("redirect_url", "").strip()
    if cipher not in {shop.shop_cipher for shop in world.shops if shop.app_key == told.get("app_key")}:
        return consent_page(world, told)
    with world.now() as now:
        code = world.tokens.consent(cipher, now)
    reached = urlsplit(back).scheme in ("http", "https")
    way = f"{back}?{urlencode({'code': code, 'state': told.get('state', '')})}" if reached else None
    return render_template("consented.html", code=code, way=way), 200
