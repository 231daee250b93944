"""A TikTok connection in progress: the app, the tokens of the authorization, and the shops they give access to.

The draft is stored until the shop is picked, with its secrets encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection

from records.accounts import console_state
from records.db.secret_box import SecretBox
from schemas.secret import Secret
from schemas.shop import NOT_CONNECTED, TikTokConnection
from schemas.tokens import TokenPair
from tiktok.client.authorized_shops import AuthorizedShop, Warehouse
from tiktok.client.tokens import Authorization

CONSENT: Final = "https://services.tiktokshop.com/open/authorize"
CONSENT_US: Final = "https://services.us.tiktokshop.com/open/authorize"
SECRETS: Final = ("app_secret", "access_token", "refresh_token")
_MOMENTS: Final = ("given_at", "access_until", "refresh_until")


@dataclass(frozen=True, slots=True)
class Draft:
    """The app as it was typed; `authorized` and `offers` are set once the seller has authorized it."""

    app_key: str = ""
    app_secret: Secret = Secret("")
    service_id: str = ""
    region: str = "US"
    currency: str = "USD"
    api_url: str = NOT_CONNECTED.api_url
    auth_url: str = NOT_CONNECTED.auth_url
    authorized: Authorization | None = None
    offers: tuple[ShopOption, ...] = ()

    @property
    def app(self) -> TikTokConnection:
        """Return the connection that is needed to request tokens, and with them the shops."""
        pair = self.authorized.pair if self.authorized else None
        return replace(
            NOT_CONNECTED,
            app_key=self.app_key,
            app_secret=self.app_secret,
            access_token=pair.access_token if pair else Secret(""),
            refresh_token=pair.refresh_token if pair else Secret(""),
            region=self.region,
            currency=self.currency,
            api_url=self.api_url,
            auth_url=self.auth_url,
        )

    def consent_url(self, state: str) -> str:
        """Return TikTok's authorization page: for the app's service id, else for its key, as older apps do."""
        if not self.service_id:
            return f"{self.auth_url}/oauth/authorize?" + urlencode({"app_key": self.app_key, "state": state})
        page = CONSENT_US if self.region == "US" else CONSENT
        return f"{page}?" + urlencode({"service_id": self.service_id, "state": state})


@dataclass(frozen=True, slots=True)
class ShopOption:
    """A shop that the tokens give access to, with its warehouses if TikTok returned them."""

    shop: AuthorizedShop
    warehouses: tuple[Warehouse, ...] = field(default=())


def begun(tiktok: TikTokConnection) -> Draft:
    """Return a draft to authorize a connected shop again."""
    if not tiktok.connected:
        return Draft()
    names = ("app_key", "app_secret", "region", "currency", "api_url", "auth_url")
    return Draft(**{name: getattr(tiktok, name) for name in names})


def load(connection: Connection, key: str, box: SecretBox) -> Draft | None:
    """Return the shop's draft; None if there is none. Raises `CannotOpenSecret`."""
    found = console_state.get(connection, _name(key))
    if not found:
        return None
    plain = {name: value for name, value in found.items() if name not in ("authorized", "offers")}
    offers = [
        ShopOption(AuthorizedShop(**offer["shop"]), tuple(Warehouse(**each) for each in offer["warehouses"]))
        for offer in found.get("offers", ())
    ]
    return Draft(
        **{**plain, "app_secret": box.open(found["app_secret"])},
        authorized=_opened(found.get("authorized"), box),
        offers=tuple(offers),
    )


def save(connection: Connection, key: str, box: SecretBox, draft: Draft) -> None:
    """Store the draft, with its secrets encrypted."""
    names = ("app_key", "service_id", "region", "currency", "api_url", "auth_url")
    document: dict[str, object] = {name: getattr(draft, name) for name in names}
    document |= {"app_secret": box.seal(draft.app_secret), "authorized": _sealed(draft.authorized, box)}
    document["offers"] = [asdict(offer) for offer in draft.offers]
    console_state.put(connection, _name(key), document)


def forget(connection: Connection, key: str) -> None:
    """Delete the draft, after the shop is connected."""
    console_state.put(connection, _name(key), {})


def _name(key: str) -> str:
    return f"connecting {key}"


def _sealed(authorized: Authorization | None, box: SecretBox) -> dict[str, object] | None:
    if authorized is None:
        return None
    pair = authorized.pair
    moments = {name: getattr(pair, name) for name in _MOMENTS}
    return {
        "access_token": box.seal(pair.access_token),
        "refresh_token": box.seal(pair.refresh_token),
        **{name: value.isoformat() if value is not None else None for name, value in moments.items()},
        "seller": authorized.seller,
        "scopes": list(authorized.scopes),
    }


def _opened(fields: Mapping[str, Any] | None, box: SecretBox) -> Authorization | None:
    if fields is None:
        return None
    moments = {name: datetime.fromisoformat(fields[name]) if fields[name] else None for name in _MOMENTS}
    pair = TokenPair(box.open(fields["access_token"]), box.open(fields["refresh_token"]), **moments)
    return Authorization(pair, fields["seller"], tuple(fields["scopes"]))
