"""A shop: one TikTok shop connected to one Magento store view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from schemas.attributes import AttributeScope, AttributeType
from schemas.field_spec import TITLE
from schemas.secret import Secret

_SIMILAR = 0.6
"""difflib's ratio of letters in common."""
SHORTEST_SECRET = 24
"""Characters: Standard Webhooks asks for 24 to 64 random bytes; base64 of fewer than 18 bytes is shorter than this."""

CURRENCIES = tuple("BRL CZK EUR GBP HUF IDR JPY MXN MYR PHP PLN SGD THB USD VND".split())  # noqa: SIM905
REGIONS = tuple("AT BE BR CZ DE ES FR GB GR HU ID IE IT JP MX MY NL PH PL PT SG TH UK US VN".split())  # noqa: SIM905


STANDARD_SENDER = "standard"
"""The only sender that earlier versions had. A record that names no sender counts as this one."""


class SignatureScheme(StrEnum):
    """How the `standard` sender signs: as Standard Webhooks says, or with a header that has an HMAC of the body."""

    STANDARD_WEBHOOKS = "standard_webhooks"
    HMAC_HEADER = "hmac_header"


@dataclass(frozen=True, slots=True)
class MagentoConnection:
    """The Magento side of a shop: how its webhooks are sent and signed, and which store view counts.

    `sender` is a name in `magento.senders.SENDERS`; `sender_settings` are the values of that sender's own form fields,
    None where it has none. All `secrets` are valid at the same time, so that they can be rotated. `website_id` is the
    website of the store view, None if the merchant did not give it, and `website_view_ids` are all store views of that
    website, empty if not given; `price_scope` is Magento's *Catalog Price Scope*; `attribute_types` and
    `attribute_scopes` are the types and scopes of the store's own attributes; `category_parents` has the nearest anchor
    category above each category, by id. `media_url` is the base address of images, where it is not
    ``media/catalog/product`` of `base_url`.
    """

    sender: str
    secrets: tuple[Secret, ...]
    store_view_id: int = 1
    website_id: int | None = None
    price_scope: str = "global"
    signature_scheme: SignatureScheme = SignatureScheme.STANDARD_WEBHOOKS
    signature_header: str = "x-webhook-signature"
    base_url: str | None = None
    media_url: str | None = None
    token: Secret | None = None
    sender_settings: Mapping[str, str] | None = None
    attribute_types: Mapping[str, AttributeType] = field(default_factory=dict)
    category_parents: Mapping[str, str] = field(default_factory=dict)
    attribute_scopes: Mapping[str, AttributeScope] = field(default_factory=dict)
    website_view_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TikTokConnection:
    """The TikTok side of a shop: the app's keys, the shop's tokens and cipher, its region and its warehouse.

    The first of `warehouse_ids` gets the stock. The stock of all others is the seller's, also of those that files of
    earlier versions list.
    """

    app_key: str
    app_secret: Secret
    access_token: Secret
    refresh_token: Secret
    shop_cipher: str
    region: str
    currency: str
    warehouse_ids: tuple[str, ...]
    api_url: str = "https://open-api.tiktokglobalshop.com"
    auth_url: str = "https://auth.tiktok-shops.com"

    @property
    def connected(self) -> bool:
        """Whether the seller has authorized the app for the shop."""
        return bool(self.shop_cipher)

    @property
    def warehouse_id(self) -> str:
        """The id of the warehouse that gets the stock, "" before the shop is connected."""
        return next(iter(self.warehouse_ids), "")


NOT_CONNECTED = TikTokConnection("", Secret(""), Secret(""), Secret(""), "", "", "", ())
"""The TikTok side of a shop that is not connected to TikTok yet. No call is made for such a shop."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One TikTok shop connected to one Magento store view. `key` is its name in URLs, topics and logs.

    The Magento side may be connected first: events are then received and decided, and what is due waits in the queue.
    """

    key: str
    title: str
    synchronization_policy: str
    magento: MagentoConnection
    tiktok: TikTokConnection


class SecretField(fields.Field[Secret]):
    """A secret of at least `shortest` characters. Messages about a fault never quote it."""

    def __init__(self, *, shortest: int = 1, required: bool = False) -> None:
        super().__init__(required=required)
        self.shortest = shortest

    def _deserialize(self, value: object, attr: object, data: object, **_: object) -> Secret:
        if isinstance(value, Secret):
            value = value.reveal()
        if not isinstance(value, str) or len(value) < self.shortest:
            raise ValidationError(f"a secret has at least {self.shortest} characters")
        return Secret(value)


class WordField(fields.Enum[StrEnum]):
    """A word of an enumeration. The message about another word quotes it, and names the nearest one and all."""

    def __init__(self, words: type[StrEnum], noun: str) -> None:
        super().__init__(words, by_value=True)
        self.words = tuple(words)
        self.noun = noun

    def _deserialize(self, value: object, attr: object, data: object, **_: object) -> StrEnum:
        if isinstance(value, str) and value in self.words:
            return self.words[self.words.index(value)]
        near = get_close_matches(str(value).lower(), self.words, n=1, cutoff=_SIMILAR)
        like = f"Did you mean {str(near[0])!r}? " if near else ""
        every = f"{self.noun.capitalize()}s: {', '.join(self.words)}"
        raise ValidationError(f"{value!r} is not a {self.noun}. {like}{every}")


_ID = validate.Range(0, 2**31 - 1, error="an id of Magento is a whole number, 0 or more")
_CATEGORY = validate.Regexp(
    r"[0-9]{1,10}\Z", error="{input!r} is not the id of a category in Magento (digits only)"
)
_SENDER_NAME = r"[a-z][a-z0-9-]{0,39}\Z"
_PLAIN = validate.Regexp(r"[^\x00-\x1f\x7f]*\Z", error="no line breaks or control characters")


def _url() -> fields.Url:
    return fields.Url(
        schemes={"http", "https"},
        require_tld=False,
        error_messages={"invalid": "{input!r} is not an http(s) URL"},
    )


class MagentoConnectionSchema(Schema):
    """The `magento` part of a shop."""

    class Meta:
        unknown = RAISE

    sender = fields.String(
        required=True, validate=validate.Regexp(_SENDER_NAME, error="is not the name of a sender")
    )
    secrets = fields.List(
        SecretField(shortest=SHORTEST_SECRET),
        required=True,
        validate=validate.Length(1, 4, error="1 to 4 secrets"),
    )
    store_view_id = fields.Integer(
        load_default=1,
        strict=True,
        validate=_ID,
        error_messages={"invalid": "{input!r} is not a store view's id. Enter its number, as 1."},
    )
    website_id = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=_ID,
        error_messages={"invalid": "{input!r} is not a website's id. Enter its number, as 1."},
    )
    price_scope = fields.String(
        load_default="global",
        validate=validate.OneOf(("global", "website"), error="{input!r}: say global or website"),
    )
    signature_scheme = fields.Enum(
        SignatureScheme,
        by_value=True,
        load_default=SignatureScheme.STANDARD_WEBHOOKS,
        error_messages={"unknown": f"not known; choose one of {', '.join(SignatureScheme)}"},
    )
    signature_header = fields.String(
        load_default="x-webhook-signature", validate=validate.Regexp(r"[A-Za-z0-9-]{1,80}\Z")
    )
    base_url = _url()
    media_url = _url()
    token = SecretField()
    sender_settings = fields.Dict(keys=fields.String(), values=fields.String())
    attribute_types = fields.Dict(
        keys=fields.String(),
        values=WordField(AttributeType, "type"),
        load_default=dict,
    )
    attribute_scopes = fields.Dict(
        keys=fields.String(),
        values=WordField(AttributeScope, "scope"),
        load_default=dict,
    )
    website_view_ids = fields.List(fields.Integer(strict=True, validate=_ID), load_default=list)

    category_parents = fields.Dict(
        keys=fields.String(validate=_CATEGORY), values=fields.String(validate=_CATEGORY), load_default=dict
    )

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> MagentoConnection:
        """Return the connection."""
        data["secrets"] = tuple(data["secrets"])
        data["website_view_ids"] = tuple(data["website_view_ids"])
        return MagentoConnection(**data)


class TikTokConnectionSchema(Schema):
    """The `tiktok` part of a shop. `warehouse_id` is a short form of `warehouse_ids` with one id."""

    class Meta:
        unknown = RAISE

    app_key = fields.String(required=True, validate=[validate.Length(1, 100), _PLAIN])
    app_secret = SecretField(required=True)
    access_token = SecretField(required=True)
    refresh_token = SecretField(required=True)
    shop_cipher = fields.String(required=True, validate=[validate.Length(1, 200), _PLAIN])
    region = fields.String(
        required=True,
        validate=validate.OneOf(REGIONS, error="{input!r} is not a region; choose one of {choices}"),
    )
    currency = fields.String(
        required=True,
        validate=validate.OneOf(CURRENCIES, error="{input!r} is not a currency; choose one of {choices}"),
    )
    warehouse_id = fields.String()
    warehouse_ids = fields.List(fields.String(), validate=validate.Length(min=1))
    api_url = _url()
    auth_url = _url()

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> TikTokConnection:
        """Return the connection. Refuse both forms of the warehouses at once, or neither."""
        single, several = data.pop("warehouse_id", None), data.pop("warehouse_ids", None)
        if (single is None) == (several is None):
            raise ValidationError("say either warehouse_id or warehouse_ids", "warehouse_ids")
        return TikTokConnection(warehouse_ids=(single,) if single else tuple(several), **data)


class ShopSchema(Schema):
    """The schema of a shop's document in apply files and forms. Unknown fields are refused; `tiktok` is optional."""

    class Meta:
        unknown = RAISE

    key = fields.String(
        required=True,
        validate=validate.Regexp(
            r"[a-z0-9][a-z0-9-]{0,39}\Z", error="{input!r} is not a shop key (a-z, 0-9, -; at most 40)"
        ),
    )
    title = fields.String(required=True, validate=[TITLE, _PLAIN])
    synchronization_policy = fields.String(required=True, validate=TITLE)
    magento = fields.Nested(MagentoConnectionSchema, required=True)
    tiktok = fields.Nested(TikTokConnectionSchema)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Shop:
        """Return the shop. Without a `tiktok` part it is not connected to TikTok yet."""
        return Shop(**{"tiktok": NOT_CONNECTED, **data})
