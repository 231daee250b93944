"""Descriptions: from the HTML that Magento's editors store to the HTML that TikTok accepts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tiktok.protocol.errors import ApiError
from sandbox.tiktok.rules.text_rules import check_description
from schemas.shop import STANDARD_SENDER, MagentoConnection
from tests.tiktok.examples import product, shop, template, unchanged_offer, wanted, wanted_or_refused
from tiktok.listing.description import (
    MEDIA,
    DescriptionImages,
    PreviewedImages,
    cleaned_text,
    images_of_store,
    with_images,
)
from tiktok.listing.desired_listing import Refusal, WantedListing, wanted_listing
from tiktok.listing.image_upload import DescriptionImage

ROW = '<div data-content-type="row" data-appearance="contained">{}</div>'
STYLE = "<style>#html-body [data-pb-style=AB12]{display:flex;min-height:300px}</style>"
UPLOADED = '<img src="https://p16-oec.ibyteimg.com/tos-7" width="80" height="60">'


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        # What TikTok keeps stays as it is.
        ("<p>Made of linen.</p>", "<p>Made of linen.</p>"),
        (
            "<p>Linen.</p>\n<p><strong>Pressed.</strong></p>",
            "<p>Linen.</p>\n<p><strong>Pressed.</strong></p>",
        ),
        ("<ul><li>Linen</li><li><em>Light</em></li></ul>", "<ul><li>Linen</li><li><em>Light</em></li></ul>"),
        ("Linen, <b>light</b><br>and cool", "Linen, <b>light</b><br>and cool"),
        ("Plain text", "Plain text"),
        (f"<p>{UPLOADED}</p>", f"<p>{UPLOADED}</p>"),
        # Code and Magento's directives go with their content.
        (f"{STYLE}{ROW.format('<p>Cool linen.</p>')}", "<p>Cool linen.</p>"),
        ("<p>Fine</p><script>track('view')</script>", "<p>Fine</p>"),
        ("<p>Fine</p><!-- for editors only -->", "<p>Fine</p>"),
        ('<p>Fine{{widget type="Magento\\Cms\\Block\\Widget\\Block" block_id="4"}}</p>', "<p>Fine</p>"),
        ('<p>See <a href="{{store url="size-guide"}}">the size guide</a>.</p>', "<p>See the size guide.</p>"),
        ('<p onclick="buy()" class="lead" style="color:red">Fine</p>', "<p>Fine</p>"),
        ('<p>Fine{{widget type="A" title="{{trans "B"}}"}}</p>', "<p>Fine</p>"),  # one inside another
        ("<p>Fine&#123;&#123;block id=7&#125;&#125;&lbrace;&lbrace;var x&rbrace;&rbrace;</p>", "<p>Fine</p>"),
        ("<p>Fine {{media url='a.jpg'}}</p>", "<p>Fine</p>"),  # an address outside of an image
        # HTML that is encoded as a whole: Page Builder's HTML Code, or a sender's.
        (
            '<div data-content-type="html" data-element="main">&lt;p class="a"&gt;Wool &amp;amp; silk&lt;/p&gt;</div>',
            "<p>Wool & silk</p>",
        ),
        (
            "<div data-content-type='html'>&lt;style&gt;p{}&lt;/style&gt;{{block id=7}}Fine</div>",
            "<p>Fine</p>",
        ),
        ('<div data-content-type="html"><p>2 &lt; 3</p></div>', "<p>2 &lt; 3</p>"),
        ("&lt;p&gt;Wool &amp;amp; silk&lt;/p&gt;&lt;script&gt;track()&lt;/script&gt;", "<p>Wool & silk</p>"),
        ("2 &lt; 3", "2 &lt; 3"),
        # Other blocks become paragraphs.
        ("<div>Cool</div><div>Light</div>", "<p>Cool</p><p>Light</p>"),
        ("<h2>Care</h2>Wash cold", "<p>Care</p>Wash cold"),
        (ROW.format(ROW.format("<h3>Care</h3><p>Wash cold</p>")), "<p>Care</p><p>Wash cold</p>"),
        ("<div>One<p>Two</p>Three</div>", "<p>One</p><p>Two</p><p>Three</p>"),
        ("<div><b>One<div>Two</div></b></div>", "<p><b>One</b></p><p><b>Two</b></p>"),
        (
            "<table><tr><th>Size</th><td>M</td></tr><tr><th>Fit</th><td>Slim</td></tr></table>",
            "<p>Size M</p><p>Fit Slim</p>",
        ),
        ("<ul><li><p>One</p><p>Two</p></li><li> </li></ul>", "<ul><li>One<br>Two</li></ul>"),
        ("<ul><li>One<ul><li>Two</li></ul></li></ul>", "<ul><li>One<ul><li>Two</li></ul></li></ul>"),
        # Entities become characters, once.
        ("<p>Wool&nbsp;&amp; silk, 5&euro; &rsquo;24</p>", "<p>Wool\xa0& silk, 5€ ’24</p>"),
        ("<p>Marks &amp;amp; Spencer</p>", "<p>Marks &amp; Spencer</p>"),
        ("<p>Fits 40 &gt; 38</p>", "<p>Fits 40 > 38</p>"),
        ("<p>2 &lt; 3</p>", "<p>2 &lt; 3</p>"),  # the character would be markup
        # What shows nothing is nothing.
        ("<p>&nbsp;</p>", ""),
        ("<p><br></p>\n<div> </div>", ""),
        ("<ul><li>&nbsp;</li></ul>", ""),
        ("<p>\u200b</p>", ""),
        ("<p>&shy;&lrm;&#8291;&#x3164;</p>", ""),
        ("<style>a{}</style><script>1</script>{{block id=7}}", ""),
    ],
)
def test_a_description_is_cleaned_to_what_tiktok_accepts(html: str, cleaned: str) -> None:
    assert cleaned_text(html).html == cleaned


FRAGMENTS = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<h1>",
            "</h1>",
            "<ul>",
            "<li>",
            "</li>",
            "</ul>",
            "<ol>",
            "</ol>",
        ),
        *(
            "<b>",
            "</b>",
            "<em>",
            "</strong>",
            "<table>",
            "<td>",
            "</td>",
            "</table>",
            "<br>",
            "<script>",
            "</style>",
        ),
        *(
            "<",
            ">",
            "&",
            "&amp;",
            "&lt;",
            "&#8;",
            "{{",
            "}}",
            "{{widget a=1}}",
            " ",
            "\n",
            "shirt",
            '"',
            "<!--",
            "-->",
        ),
        *(
            '<img src="https://shop.example/a.jpg">',
            "<img src='x' onerror='y'>",
            UPLOADED,
            "<svg>",
            "</svg>",
            "é",
            "\x00",
        ),
    ]
)
ANY_HTML = st.lists(FRAGMENTS | st.text(max_size=10), max_size=25).map("".join)
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>")


@given(ANY_HTML)
def test_any_html_is_cleaned_to_balanced_tags_that_tiktok_keeps(html: str) -> None:
    found, opened = with_images(cleaned_text(html), {}), list[str]()
    for closes, name, rest in TAG.findall(found):
        assert name in {"p", "img", "ul", "ol", "li", "br", "strong", "b", "i", "em", "u"}
        assert name == "img" or not rest
        if closes:
            assert opened.pop() == name
        elif name not in ("img", "br"):
            opened.append(name)
    assert opened == []
    assert all(".ibyteimg.com/" in image for image in re.findall(r"<img[^<>]*>", found))


@given(ANY_HTML.filter(lambda html: "&" not in html))
def test_a_cleaned_description_stays_as_it_is(html: str) -> None:
    found = cleaned_text(html).html
    assert cleaned_text(found).html == found


def test_a_description_that_shows_nothing_is_replaced_by_the_short_one() -> None:
    empty = wanted(description="<p>&nbsp;</p>", short_description="<div>Linen.</div>")
    assert empty.content["description"] == "<p>Linen.</p>"


@pytest.mark.parametrize(
    ("html", "left_out"),
    [
        ('<p>Linen <img src="https://shop.example/media/wysiwyg/a.jpg" alt="A"></p>',
         "https://shop.example/media/wysiwyg/a.jpg"),
        ('<p>Linen</p><p><img src="https://a.example/1.jpg"></p><img src="https://b.example/2.jpg">',
         "https://a.example/1.jpg and 1 more"),
        ("<p>Linen <img onerror='x()'></p>", "without an address"),
    ],
)  # fmt: skip
def test_an_image_that_is_not_on_tiktok_is_left_out_and_named(html: str, left_out: str) -> None:
    found = wanted(description=html)
    assert "<img" not in found.content["description"]
    assert [part.message for part in found.left_out] == [
        f"Images of the description were left out: {left_out}."
    ]


MAGENTO = MagentoConnection(STANDARD_SENDER, (), base_url="https://Shop.example/")
INVENTED = '<img src="https://preview.ibyteimg.com/1" width="100" height="100">'
TABLE = DescriptionImage("https://p16-oec.ibyteimg.com/tos-9", 640, 480)


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        (
            '<img src="https://shop.example/media/wysiwyg/a.jpg">',
            ["https://shop.example/media/wysiwyg/a.jpg"],
        ),
        ('<p><img alt="" src="/media/wysiwyg/a.jpg"></p>', ["/media/wysiwyg/a.jpg"]),
        ('<img src="{{media url="wysiwyg/a.jpg"}}" alt="A">', [f"{MEDIA}wysiwyg/a.jpg"]),
        ("<img src='{{media url=&quot;wysiwyg/a.jpg&quot;}}'>", [f"{MEDIA}wysiwyg/a.jpg"]),
        ('<img src="{{media url=/wysiwyg/a.jpg}}">', [f"{MEDIA}wysiwyg/a.jpg"]),
        ('<img src="https://other.example/a.jpg"><img src="//shop.example.evil.example/a.jpg">', []),
        ('<img src="javascript:x()"><img src="data:image/png;base64,AA==">', []),
        (UPLOADED, []),
    ],
)
def test_the_stores_own_images_are_found_in_every_form_that_magento_stores(
    html: str, addresses: list[str]
) -> None:
    assert list(images_of_store(product(description=f"Linen {html}"), MAGENTO)) == addresses


def test_images_of_the_short_description_count_only_if_it_is_used() -> None:
    image = '<img src="/media/a.jpg">'
    assert images_of_store(product(description="Linen", short_description=image), MAGENTO) == ()
    assert images_of_store(product(description="", short_description=image), MAGENTO) == ("/media/a.jpg",)


@pytest.mark.parametrize(
    ("images", "description"),
    [
        (DescriptionImages({"/media/a.jpg": TABLE}), f"<p>Oak</p><p>{TABLE.tag()}</p>"),
        (DescriptionImages(), "<p>Oak</p>"),  # its upload says why it is missing
        (DescriptionImages(kept="<p>As it was</p>"), "<p>As it was</p>"),
        (PreviewedImages(), f"<p>Oak</p><p>{INVENTED}</p>"),
        (PreviewedImages(f"<p>Oak</p><p>{TABLE.tag()}</p>"), f"<p>Oak</p><p>{TABLE.tag()}</p>"),
        (PreviewedImages(f"<p>Elm</p><p>{TABLE.tag()}</p>"), f"<p>Oak</p><p>{INVENTED}</p>"),
    ],
)
def test_an_uploaded_image_takes_the_place_of_the_stores_own(
    images: DescriptionImages | PreviewedImages, description: str
) -> None:
    oak = product(description='<div>Oak</div><div><img src="/media/a.jpg" width="9"></div>')
    offer = unchanged_offer(oak)
    found = wanted_listing(oak, template(), shop(), offer, in_description=images)
    assert isinstance(found, WantedListing)
    assert (found.content["description"], found.left_out) == (description, ())


@pytest.mark.parametrize("html", ["<p>*** !!! ***</p>", "<ul><li>→</li></ul>", "..."])
def test_a_description_of_symbols_only_is_refused_here_and_by_tiktok(html: str) -> None:
    refused = wanted_or_refused(product(description=html), template(), shop())
    assert isinstance(refused, Refusal)
    assert refused.sentence() == (
        "The description consists of symbols only, which TikTok does not accept. Change the description in Magento."
    )
    with pytest.raises(ApiError, match="symbols only") as error:
        check_description(html, ())
    assert error.value.code == 12052932


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ["a", "b"]}, "Magento sent a list as the name, not a text."),
        ({"name": {"default": "Shirt"}}, "Magento sent an object as the name, not a text."),
        ({"name": True}, "Magento sent true or false as the name, not a text."),
        ({"description": ["<p>Linen</p>"]}, "Magento sent a list as the description, not a text."),
        ({"description": "", "short_description": False},
         "Magento sent true or false as the short description, not a text."),
    ],
)  # fmt: skip
def test_a_text_that_is_no_text_is_refused(fields: dict[str, object], sentence: str) -> None:
    refused = wanted_or_refused(product(**fields), template(), shop())
    assert isinstance(refused, Refusal)
    assert refused.sentences()[0].startswith(sentence)
    assert len(refused.faults) == 1
