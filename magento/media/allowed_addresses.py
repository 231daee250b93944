"""Addresses: which URLs of images may be fetched, and at which network addresses. Nothing is opened here but DNS.

An image is fetched from the shop's own media host only: same scheme, same host, same port, letter for letter. Its name
must resolve to public addresses alone, and the connection goes to one of those that were looked at, so that a name
that answers otherwise a moment later gains nothing.
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
"""Characters of an address, before what is no ASCII is written with three each."""
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
"""The addresses of a host, as texts. Raises `OSError`."""


class AddressRefused(Exception):
    """This address is not fetched from. `hint` says what the merchant can do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


@dataclass(frozen=True, slots=True)
class MediaHost:
    """Where a shop's images lie: `folder` is the path that image paths are put behind, with a slash at its end."""

    scheme: str
    host: str
    port: int
    folder: str

    @property
    def origin(self) -> str:
        """The scheme, the host, and the port where it is not the scheme's own: the `Host` header without its scheme."""
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """The host and, where it is not the scheme's own, the port."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    def url_of(self, image: str) -> str:
        """The whole URL of an image: a path of Magento's gallery (``/m/u/mug.jpg``), or a URL on this very host.

        Raises `AddressRefused` for an address anywhere else, and for any that two readers could read differently.
        """
        if len(image) > LONGEST:
            raise AddressRefused(
                f"The image {_shown(image)} has a longer address than any image has.", _GALLERY
            )
        if _ABSOLUTE.match(image):
            return self._own(image)
        path = image.lstrip("/")
        parts = unquote(path).split("/")
        if (
            not path
            or any(part in ("", ".", "..") for part in parts)
            or re.search(r"[\x00-\x1f\\]", unquote(path))
        ):
            raise AddressRefused(f"The image path {_shown(image)} is no path of a media gallery.", _GALLERY)
        return f"{self.origin}{self.folder}{quote(path, safe='/%~!$&()*+,;=:')}"

    def _own(self, url: str) -> str:
        if _UNSAFE.search(url):
            raise AddressRefused(f"The image URL {_shown(url)} holds characters that no URL has.", _GALLERY)
        scheme, host, port, path, query = _parts(url)
        if (scheme, host, port) != (self.scheme, self.host, self.port):
            raise AddressRefused(
                f"The image lies at {_shown(url)}, not on the shop's media host {self.origin}.",
                "Put it into the product's media gallery, or set the shop's magento.media_url.",
            )
        return f"{self.origin}{path or '/'}{f'?{query}' if query else ''}"


_GALLERY: Final = "Choose the image in the product's media gallery in Magento anew."
_MEDIA_URL: Final = "Correct magento.media_url (or magento.base_url) of the shop."


def media_host(base_url: str | None, media_url: str | None = None) -> MediaHost:
    """The media host of a shop: `media_url` where configured, else the folder ``media/catalog/product/`` of `base_url`.

    Raises `AddressRefused` where neither is told, or it is no plain http(s) URL.
    """
    configured = media_url or base_url
    if not configured:
        raise AddressRefused(
            "The shop does not say where its images lie.", "Set magento.base_url or magento.media_url."
        )
    if _UNSAFE.search(configured):
        raise AddressRefused("The shop's media URL holds characters that no URL has.", _MEDIA_URL)
    scheme, host, port, path, query = _parts(configured)
    if query:
        raise AddressRefused("The shop's media URL has a query.", _MEDIA_URL)
    folder = path.rstrip("/") + ("/" if media_url else "/media/catalog/product/")
    return MediaHost(scheme, host, port, folder)


def _parts(url: str) -> tuple[str, str, int, str, str]:
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        raise AddressRefused(f"{_shown(url)} is no URL.", _MEDIA_URL) from None
    if split.scheme not in _PORTS or not url[len(split.scheme) :].startswith("://"):
        raise AddressRefused(f"{_shown(url)} is not an http(s) URL.", _MEDIA_URL)
    host = split.netloc.rpartition(":")[0] if port is not None else split.netloc
    host = host.lower()
    if not _HOST.match(host) or split.fragment or port == 0:
        raise AddressRefused(f"{_shown(url)} does not name its host plainly.", _MEDIA_URL)
    _refuse_disguised(host, url)
    return split.scheme, host, port or _PORTS[split.scheme], split.path, split.query


def _shown(url: str) -> str:
    """An address for people: not too much of it, and no password that somebody wrote into it."""
    return repr(re.sub(r"//[^/]*@", "//***@", url)[:200])


def _refuse_disguised(host: str, url: str) -> None:
    """An IPv4 address is written as four plain numbers, or it is not taken: ``0x7f.1`` is one to some readers only."""
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise AddressRefused(f"{_shown(url)} has no valid IPv6 address.", _MEDIA_URL) from None
    elif _LIKE_A_NUMBER.match(host.rpartition(".")[2]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise AddressRefused(f"{_shown(url)} writes an IP address in disguise.", _MEDIA_URL) from None


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver. Raises `OSError`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host[:80]!r} is no host's name") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def checked_addresses(host: MediaHost, *, allow_private: bool, resolve: Resolve = resolve) -> list[str]:
    """The addresses to connect to, all of them fit to be fetched from.

    One unfit address among them refuses all. `allow_private` lets a host that is this machine's own (loopback) pass:
    for a store that runs beside us. Raises `AddressRefused`, and `OSError` where the name does not resolve.
    """
    addresses = resolve(host.host.strip("[]"), host.port)
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not (is_public(address) or (allow_private and address.is_loopback)):
            raise AddressRefused(
                f"The shop's media host {host.host} is at the address {text}, which is not a public one.",
                "Images are fetched from public hosts only; for a store on this machine, set M2T_ALLOW_PRIVATE_MEDIA.",
            )
    return addresses


def is_public(address: Address) -> bool:
    """Anyone on the internet could reach it; no private, shared, reserved or translated one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast and address not in _RELAYS
    return address.is_global and address in _GLOBAL_UNICAST and address not in _SIX_TO_FOUR
