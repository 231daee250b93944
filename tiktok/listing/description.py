"""Make the description that TikTok accepts from the HTML that Magento stores. Pure.

TikTok keeps ``p img ul ol li br strong b i em u`` and filters all other tags (*Partial Edit Product*); it accepts no
HTML entities, and only images that were uploaded to it. Magento's editors store far more: Page Builder's ``<style>``
blocks and nested ``<div>`` elements, directives such as ``{{widget ...}}`` that only Magento's own pages replace, and
images of the store's media folder. Delivery uploads those images, and puts their addresses on TikTok in place.

`nh3`, a maintained sanitizer, parses and cleans the HTML; what it leaves is well-formed. The rest of this module turns
other block elements (``div``, headings, table rows) into paragraphs, so that their texts do not run together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Final

import nh3

from schemas.attributes import Value
from schemas.product import Product
from schemas.shop import MagentoConnection
from tiktok.listing.image_upload import DescriptionImage
from tiktok.listing.limits import IMAGE_HOST
from tiktok.listing.preflight import without_entities

_INLINE: Final = frozenset({"strong", "b", "i", "em", "u"})
_LISTS: Final = frozenset({"ul", "ol", "li"})
_SINGLE: Final = frozenset({"br", "img"})
_CELLS: Final = frozenset({"td", "th"})
_BLOCKS: Final = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "caption",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
        ),
        *(
            "figcaption",
            "figure",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "main",
            "nav",
        ),
        *("p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr"),
    }
)
_WITHOUT_CONTENT: Final = frozenset(
    {
        *("audio", "button", "canvas", "embed", "form", "head", "iframe", "math", "noscript", "object"),
        *("script", "select", "style", "svg", "template", "textarea", "title", "video"),
    }
)
"""Elements that are removed together with their content: it is code, or of no use outside a web page."""
MEDIA: Final = "https://magento-media.invalid/"
"""In place of ``{{media url=...}}``: the folder of the store's media, whose address its settings have."""
DESCRIPTION_ATTRIBUTES: Final = ("description", "short_description")
"""Magento's attributes that the description is made of; the first one that shows something."""
_MEDIA_DIRECTIVE: Final = re.compile(
    r"""\{\{\s*media\s+url=(?:"|'|&quot;)?/*([^"'{}&\s]+)(?:"|'|&quot;)?\s*\}\}"""
)
_DIRECTIVE: Final = re.compile(r"\{\{[^{}]*\}\}")
_BRACE: Final = re.compile(r"&(?:#123|#x7[Bb]|lbrace|lcub|#125|#x7[Dd]|rbrace|rcub);")
_HTML_CODE: Final = re.compile(r"""(<div\b[^<>]*\bdata-content-type=["']html["'][^<>]*>)([^<]*)(?=</div>)""")
"""Page Builder's content type *HTML Code*. Its HTML is stored with entities, and Magento decodes it on the page."""
_ENCODED_TAG: Final = re.compile(r"&lt;/?[A-Za-z][^<>]*?&gt;")
_TOKEN: Final = re.compile(r"<(/?)([a-z0-9]+)[^<>]*>|[^<]+")
_TAG: Final = re.compile(r"<[^<>]*>")
_IMAGE: Final = re.compile(r"<img\b[^<>]*>")
_SOURCE: Final = re.compile(r'\bsrc="([^"]*)"')
_UPLOADED_TAG: Final = re.compile(r'<img src="([^"]*)" width="([0-9]+)" height="([0-9]+)">')
_HOST: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*")
_EMPTY: Final = re.compile(r"<(p|li|ul|ol)>\s*</\1>\n?")
_UNSAFE: Final = re.compile(r"[<>\"'`\s]")
_NOTHING_SEEN: Final = "".join(
    [
        *filter(str.isspace, map(chr, range(0x3001))),
        *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f",
        *map(chr, [*range(0x202A, 0x202F), *range(0x2060, 0x2070)]),
        *"\u2800\u3164\ufe0f\ufeff\uffa0",
    ]
)
"""Unicode's spaces, and characters that show nothing: without a width, marks of direction, blank letters."""
_CACHED: Final = 512


@dataclass(frozen=True, slots=True)
class CleanedText:
    """A cleaned description, and the addresses of its images that are not on TikTok, as Magento has them."""

    html: str
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DescriptionImages:
    """The images that were uploaded for a description, by their addresses in Magento.

    `kept` is the description that TikTok has, and that stays while images of the new one can't be had; else None.
    """

    uploaded: Mapping[str, DescriptionImage] = field(default_factory=dict)
    kept: str | None = None

    def description_of(self, cleaned: CleanedText, own: Sequence[str]) -> str:
        """Return the description with its uploaded images, without others; empty if it shows nothing."""
        if self.kept is not None and cleaned.html:
            return self.kept
        return with_images(
            cleaned, {address: self.uploaded[address].tag() for address in own if address in self.uploaded}
        )


@dataclass(frozen=True, slots=True)
class PreviewedImages:
    """The images of a description in a preview, which uploads none: each of the store's has an invented address.

    `last` is the description that TikTok has, None if there is none. It stands for one that differs in images only.
    """

    last: str | None = None

    def description_of(self, cleaned: CleanedText, own: Sequence[str]) -> str:
        """Return the description with its `own` images, those of the store; empty if it shows nothing."""
        tags = {
            address: DescriptionImage(f"https://preview{IMAGE_HOST}/{place}", 100, 100).tag()
            for place, address in enumerate(own, start=1)
        }
        found = with_images(cleaned, tags)
        if self.last is not None and _IMAGE.sub("<img>", found) == _IMAGE.sub("<img>", self.last):
            return self.last
        return found


@lru_cache(maxsize=_CACHED)
def cleaned_text(html: str) -> CleanedText:
    """Return the description that TikTok accepts; its text is empty if the HTML shows no text and no image.

    Entities become characters, once; that of ``<`` stays, because the character would become markup. HTML that is
    encoded as a whole, as Page Builder's *HTML Code* is, is decoded before. Images that are not on TikTok keep their
    addresses, for `with_images`; that of ``{{media url=...}}`` begins with `MEDIA`. Lone surrogates, which are no text,
    are returned as they are, and refused by pre-flight.
    """
    html = _without_directives(_decoded_html(html) if "&" in html else html)
    try:
        found = _CLEANER.clean(html)
    except UnicodeEncodeError:
        return CleanedText(html)
    found = _paragraphs(found) if "<" in found else found
    text = without_entities(found.replace("&gt;", ">")).strip()
    images = dict.fromkeys(_address(tag) for tag in _IMAGE.findall(text)) if "<img" in text else ()
    return CleanedText(
        "" if is_blank(text) else text, tuple(address for address in images if not _is_on_tiktok(address))
    )


def _decoded_html(text: str) -> str:
    """Return the text with HTML that is encoded as a whole decoded: a Page Builder element's, or all of the text."""
    if "<" not in text and _ENCODED_TAG.search(text):
        text = unescape(text)
    elif "data-content-type" in text:
        text = _HTML_CODE.sub(lambda match: match[1] + unescape(match[2]), text)
    return _BRACE.sub(lambda match: unescape(match[0]), text)


def _without_directives(html: str) -> str:
    """Return the HTML without Magento's directives, which may contain others; an image's address stays."""
    if "{{" not in html:
        return html
    html = _TAG.sub(lambda tag: _MEDIA_DIRECTIVE.sub(rf"{MEDIA}\1", tag[0]), html)
    while html != (smaller := _DIRECTIVE.sub("", html)):
        html = smaller
    return html


def with_images(cleaned: CleanedText, tags: Mapping[str, str]) -> str:
    """Return the description with these tags in place of its images, by address; without the other images."""
    if not cleaned.images:
        return cleaned.html

    def replace(match: re.Match[str]) -> str:
        address = _address(match[0])
        return match[0] if _is_on_tiktok(address) else tags.get(address, "")

    found = _without_empty(_IMAGE.sub(replace, cleaned.html)).strip()
    return "" if is_blank(found) else found


def images_of_store(product: Product, magento: MagentoConnection) -> tuple[str, ...]:
    """Return the addresses of the store's own images in the texts that the description is made of."""
    found: list[str] = []
    for code in DESCRIPTION_ATTRIBUTES:
        cleaned = cleaned_text(as_text(product.value(code)) or "")
        found.extend(address for address in cleaned.images if is_of_store(address, magento))
        if with_images(cleaned, {}):
            break
    return tuple(dict.fromkeys(found))


def is_of_store(address: str, magento: MagentoConnection) -> bool:
    """Return whether an image is on the store's media host: by a path, or with the host of its settings."""
    host = _HOST.match(address)
    if host is None or address.startswith(MEDIA):
        return bool(address)
    own = _HOST.match(magento.media_url or magento.base_url or "")
    return own is not None and host[0].lower() == own[0].lower()


def as_text(value: Value) -> str | None:
    """Return a text or a number as text; None for what is neither."""
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_text else None


def uploaded_uris(description: str) -> tuple[str, ...]:
    """Return the uris (`DescriptionImage.uri`) of the images in a description that was sent."""
    return tuple(f"{source}#{width}x{height}" for source, width, height in _UPLOADED_TAG.findall(description))


def is_blank(html: str) -> bool:
    """Return whether this HTML shows nothing: no image, and no character that is seen."""
    if "<img" in html:
        return False
    return not _TAG.sub("", html).replace("&nbsp;", " ").strip(_NOTHING_SEEN)


def _safe_attribute(tag: str, name: str, value: str) -> str | None:
    """Drop an attribute whose value could end its tag in a simpler parser than a browser's."""
    return None if _UNSAFE.search(value) else value


def _address(tag: str) -> str:
    source = _SOURCE.search(tag)
    return source[1] if source else ""


def _without_empty(html: str) -> str:
    while html != (smaller := _EMPTY.sub("", html)):
        html = smaller
    return html


def _is_on_tiktok(address: str) -> bool:
    host = address.partition("://")[2].partition("/")[0]
    return host.endswith(IMAGE_HOST)


def _paragraphs(html: str) -> str:
    """Return well-formed HTML with a paragraph in place of each other block element that shows something."""
    writer = _Writer()
    for match in _TOKEN.finditer(html):
        writer.add(match[0], match[2], closes=match[1] == "/")
    return writer.html()


_CLEANER: Final = nh3.Cleaner(
    tags=set(_INLINE | _LISTS | _SINGLE | _CELLS | _BLOCKS),
    clean_content_tags=set(_WITHOUT_CONTENT),
    attributes={"*": set(), "img": {"src", "width", "height"}},
    attribute_filter=_safe_attribute,
    url_schemes={"http", "https"},
    link_rel=None,
)


class _Writer:
    """Write tokens of well-formed HTML in the elements that TikTok keeps.

    Text and inline elements are gathered until a block or a list begins or ends: in a block they become a paragraph, in
    a list item its content, and outside of both they stay bare. An inline element that spans blocks is closed and
    opened again in each.
    """

    def __init__(self) -> None:
        self._written: list[str] = []
        self._gathered: list[str] = []
        self._inline: list[str] = []
        self._blocks = 0
        self._items: list[bool] = []
        """For each open list item, whether it has content already."""

    def add(self, token: str, name: str | None, *, closes: bool) -> None:
        """Add a token. `name` is that of a tag, None for text."""
        if name is None or name in _SINGLE:
            self._gathered.append(token)
        elif name in _INLINE:
            self._gathered.append(token)
            self._note_inline(name, closes=closes)
        elif name in _CELLS:
            self._gathered.append(" " if closes else "")
        elif name in _LISTS:
            self._end_run()
            self._list(token, name, closes=closes)
        else:
            self._end_run()
            self._blocks += (-1 if closes else 1) if name != "hr" else 0

    def html(self) -> str:
        """Return what was written."""
        self._end_run()
        return _without_empty("".join(self._written))

    def _note_inline(self, name: str, *, closes: bool) -> None:
        if not closes:
            self._inline.append(name)
        elif name in self._inline:
            self._inline.reverse()
            self._inline.remove(name)
            self._inline.reverse()

    def _list(self, token: str, name: str, *, closes: bool) -> None:
        if name == "li":
            if not closes:
                self._items.append(False)
            elif self._items:
                self._items.pop()
        self._written.append(token)

    def _end_run(self) -> None:
        """Write what was gathered, as its surroundings ask."""
        if not self._gathered:
            return
        run = "".join(self._gathered)
        self._gathered = [f"<{name}>" for name in self._inline]
        content = run + "".join(f"</{name}>" for name in reversed(self._inline))
        if is_blank(content):
            if "\n" in run and not self._blocks and not self._items and self._written:
                self._written.append("\n")
        elif self._items:
            self._written.append(f"{'<br>' * self._items[-1]}{content.strip()}")
            self._items[-1] = True
        elif self._blocks:
            self._written.append(f"<p>{content.strip()}</p>")
        else:
            self._written.append(content)


def left_out_words(addresses: Sequence[str]) -> str:
    """Return how a message names these images: the first one, and how many more there are."""
    first, *others = [address or "without an address" for address in addresses]
    return f"{first} and {len(others)} more" if others else first
