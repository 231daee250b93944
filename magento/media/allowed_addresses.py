"""Decide which image URLs may be fetched, and from which network addresses (protection against SSRF).

Images are fetched from the shop's own media host only: same scheme, host and port, letter for letter. The host must
resolve to public addresses only, and the connection goes to one of the addresses that were checked, so that DNS
rebinding (a name that resolves differently a moment later) has no effect. This module opens no connection except DNS.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, unquote, urlsplit

LONGEST: Final = 600
"""Characters of a URL or path, before percent-encoding."""
_PORTS: Final = {"http": 80, "https": 443}
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_UNSAFE: Final = re.compile(r"[^\x21-\x7e]|[\\@`<>\"{}|^]")
_HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?\Z|\[[0-9a-f:.]+\]\Z")
_LIKE_A_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_RELAYS: Final = ipaddress.ip_network("192.88.99.0/24")

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], list[str]]
"""Return the addresses of a host, as text. Raises `OSError`."""


class AddressRefused(Exception):
    """Raised for an image address that must not be fetched. `hint` says what the merchant can do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class MediaHost:
    """The location of a shop's images. `folder` is the path in front of every image path, with a slash at its end."""

    scheme: str
    host: str
    port: int
    folder: str

    @property
    def origin(self) -> str:
        """The scheme and the authority."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The value of the `Host` header: the host and, unless it is the scheme's default, the port."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    def url_of(self, image: str) -> str:
        """Return the full URL of an image, given as a path in Magento's gallery (``/m/u/mug.jpg``) or as a URL.

        Raises `AddressRefused` for a URL on any other host, and for any URL that two parsers could read differently.
        """
        if len(image) > LONGEST:
            raise AddressRefused(
                f"The address of the image {_shown(image)} is longer than {LONGEST} characters.", _GALLERY
            )
        if _ABSOLUTE.match(image):
            return self._checked_url(image)
        path = image.lstrip("/")
        parts = unquote(path).split("/")
        if (
            not path
            or any(part in ("", ".", "..") for part in parts)
            or re.search(r"[\x00-\x1f\\]", unquote(path))
        ):
            raise AddressRefused(
                f"The image path {_shown(image)} is not a path in a media gallery.", _GALLERY
            )
        return f"{self.origin}{self.folder}{quote(path, safe='/%~!$&()*+,;=:')}"

    def _checked_url(self, url: str) -> str:
        if _UNSAFE.search(url):
            raise AddressRefused(
                f"The image URL {_shown(url)} contains characters that are not allowed in a URL.", _GALLERY
            )
        scheme, host, port, path, query = _parts(url)
        if (scheme, host, port) != (self.scheme, self.host, self.port):
            raise AddressRefused(
                f"The image is at {_shown(url)}, which is not on the shop's media host {self.origin}.",
                "Add it to the product's media gallery, or set the shop's magento.media_url.",
            )
        return f"{self.origin}{path or '/'}{f'?{query}' if query else ''}"


_GALLERY: Final = "Choose the image again in the product's media gallery in Magento."
_MEDIA_URL: Final = "Correct the shop's magento.media_url (or magento.base_url)."


def media_host(base_url: str | None, media_url: str | None = None) -> MediaHost:
    """Return the shop's media host: `media_url`, or the folder ``media/catalog/product/`` of `base_url`.

    Raises `AddressRefused` if neither is set, or if the URL is not a plain http(s) URL.
    """
    configured = media_url or base_url
    if not configured:
        raise AddressRefused(
            "The shop has no media URL.", "Set the shop's magento.base_url or magento.media_url."
        )
    if _UNSAFE.search(configured):
        raise AddressRefused(
            "The shop's media URL contains characters that are not allowed in a URL.", _MEDIA_URL
        )
    scheme, host, port, path, query = _parts(configured)
    if query:
        raise AddressRefused("The shop's media URL has a query string.", _MEDIA_URL)
    folder = path.rstrip("/") + ("/" if media_url else "/media/catalog/product/")
    return MediaHost(scheme, host, port, folder)


def _parts(url: str) -> tuple[str, str, int, str, str]:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise AddressRefused(f"{_shown(url)} is not a valid URL.", _MEDIA_URL) from None
    if split.scheme not in _PORTS or not url[len(split.scheme) :].startswith("://"):
        raise AddressRefused(f"{_shown(url)} is not an http(s) URL.", _MEDIA_URL)
    host = split.netloc.rpartition(":")[0] if port is not None else split.netloc
    host = host.lower()
    if not _HOST.match(host) or split.fragment or port == 0:
        raise AddressRefused(f"{_shown(url)} does not have a plain host name.", _MEDIA_URL)
    _refuse_disguised_address(host, url)
    return split.scheme, host, port or _PORTS[split.scheme], split.path, split.query


def _shown(url: str) -> str:
    """Return the URL for a message: shortened, and without user name and password."""
    return repr(re.sub(r"//[^/]*@", "//***@", url)[:200])


def _refuse_disguised_address(host: str, url: str) -> None:
    """Raise `AddressRefused` for an IP address in an unusual notation: only some parsers read ``0x7f.1`` as one."""
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise AddressRefused(
                f"{_shown(url)} does not contain a valid IPv6 address.", _MEDIA_URL
            ) from None
    elif _LIKE_A_NUMBER.match(host.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise AddressRefused(
                f"{_shown(url)} contains an IP address in an unusual notation.", _MEDIA_URL
            ) from None


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system's resolver. Raises `OSError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host[:80]!r} is not a valid host name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_addresses(host: MediaHost, *, allow_private: bool, resolve: Resolve = resolve) -> list[str]:
    """Return the addresses to connect to. All of them must be public: one other address refuses the host.

    `allow_private` also allows loopback addresses, for a store on the same machine. Raises `AddressRefused`, or
    `OSError` if the name does not resolve.
    """
    addresses = resolve(host.host.strip("[]"), host.port)
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not (is_public(address) or (allow_private and address.is_loopback)):
            raise AddressRefused(
                f"The shop's media host {host.host} has the address {text}, which is not public.",
                "Images are fetched from public hosts only; for a store on this machine, set M2T_ALLOW_PRIVATE_MEDIA.",
            )
    return addresses


def is_public(address: Address) -> bool:
    """Return whether the address is on the public internet: not private, shared, reserved or translated."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and address not in _RELAYS
    return address.is_global and address in _GLOBAL_UNICAST and address not in _SIX_TO_FOUR
