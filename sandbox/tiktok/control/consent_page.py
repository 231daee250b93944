"""The auth host's page on which a seller lets an app call TikTok Shop for them.

TikTok redirects the browser to the app's redirect URL in the Partner Center. Here the URL is typed in, and the code is
also shown, for an app whose URL this browser can't reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from flask import render_template

from sandbox.tiktok.state.world import World


def consent_page(world: World, query: Mapping[str, str]) -> tuple[str, int]:
    """Render the app's shops for the seller to choose from."""
    shops = [shop for shop in world.shops if shop.app_key == query.get("app_key")]
    return render_template(
        "consent.html", shops=shops, app_key=query.get("app_key", ""), state=query.get("state", "")
    ), 200 if shops else 404


def consented_page(world: World, form: Mapping[str, str]) -> tuple[str, int]:
    """Record the consent and render the authorization code with a link back to the app."""
    cipher, redirect_url = form.get("cipher", ""), form.get("redirect_url", "").strip()
    if cipher not in {shop.shop_cipher for shop in world.shops if shop.app_key == form.get("app_key")}:
        return consent_page(world, form)
    with world.locked() as now:
        code = world.tokens.consent(cipher, now)
    is_web_url = urlsplit(redirect_url).scheme in ("http", "https")
    return_url = (
        f"{redirect_url}?{urlencode({'code': code, 'state': form.get('state', '')})}" if is_web_url else None
    )
    return render_template("consented.html", code=code, return_url=return_url), 200
