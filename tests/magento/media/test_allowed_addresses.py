"""Image addresses: only the shop's own media host can be reached through them."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magento.media.allowed_addresses import AddressRefused, MediaHost, is_public, media_host
from magento.media.fetch import MediaFetch
from tests.magento.listening import answer, listening

IMAGE = "/m/u/mug.png"
NOT_FETCHED = (
    "http://127.0.0.1:{other}/a.png",
    "http://127.0.0.1/a.png",
    "http://127.0.0.1:0/a.png",
    "http://127.0.0.1:/a.png",
    "http://localhost:{own}/a.png",
    "http://LOCALHOST:{own}/a.png",
    "http://127.0.0.2:{own}/a.png",
    "http://127.1:{own}/a.png",
    "http://127.0.1:{own}/a.png",
    "http://2130706433:{own}/a.png",
    "http://0x7f000001:{own}/a.png",
    "http://0x7f.0.0.1:{own}/a.png",
    "http://0x7f.1:{own}/a.png",
    "http://0177.0.0.1:{own}/a.png",
    "http://017700000001:{own}/a.png",
    "http://0:{own}/a.png",
    "http://0.0.0.0:{own}/a.png",
    "http://127.0.0.1.:{own}/a.png",
    "http://127.0.0.1..:{own}/a.png",
    "http://[::1]:{own}/a.png",
    "http://[::]:{own}/a.png",
    "http://[::ffff:127.0.0.1]:{own}/a.png",
    "http://[::ffff:7f00:1]:{own}/a.png",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{own}/a.png",
    "http://[::127.0.0.1]:{own}/a.png",
    "http://[fe80::1%25lo]:{own}/a.png",
    "http://[64:ff9b::7f00:1]:{own}/a.png",
    "http://user:password@127.0.0.1:{own}/a.png",
    "http://@127.0.0.1:{own}/a.png",
    "http://127.0.0.1:{own}@127.0.0.1:{other}/a.png",
    "http://127.0.0.1:{own}%40127.0.0.1:{other}/a.png",
    "http://127.0.0.1:{own}\\@127.0.0.1:{other}/a.png",
    "http://127.0.0.1:{other}#@127.0.0.1:{own}/a.png",
    "http://127.0.0.1:{other}?@127.0.0.1:{own}/a.png",
    "http://127.0.0.1:{own}/a.png#fragment",
    "http:\\\\127.0.0.1:{own}\\a.png",
    "http:/127.0.0.1:{own}/a.png",
    "http:127.0.0.1:{own}/a.png",
    "http:///127.0.0.1:{own}/a.png",
    "//127.0.0.1:{own}/a.png",
    "//127.0.0.1:{other}/a.png",
    "///127.0.0.1:{other}/a.png",
    " http://127.0.0.1:{own}/a.png",
    "\thttp://127.0.0.1:{own}/a.png",
    "ht\ntp://127.0.0.1:{own}/a.png",
    "http://127.0.0.1:{own}/a.png\r\nHost: 127.0.0.1:{other}",
    "http://127.0.0.1:{own}/a b.png",
    "http://①②⑦.⓪.⓪.①:{own}/a.png",
    "http://１２７.０.０.１:{own}/a.png",
    "http://127。0。0。1:{own}/a.png",
    "http://127.0.0.1\u200b:{own}/a.png",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{own}/a.png",
    "http://%31%32%37.0.0.1:{own}/a.png",
    "http://127.0.0.1%00.shop.example:{own}/a.png",
    "http://127.0.0.1%2e:{own}/a.png",
    "http://127.0.0.1,shop.example:{own}/a.png",
    "https://127.0.0.1:{own}/a.png",
    "ftp://127.0.0.1:{own}/a.png",
    "gopher://127.0.0.1:{other}/_GET%20/",
    "dict://127.0.0.1:{other}/stats",
    "ldap://127.0.0.1:{other}/a",
    "ws://127.0.0.1:{own}/a.png",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "data:image/png;base64,iVBORw0KGgo=",
    "javascript:alert(1)",
    "jar:http://127.0.0.1:{own}!/a.png",
    "unix:/var/run/docker.sock",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://10.0.0.1/a.png",
    "http://192.168.0.1/a.png",
    "../../../app/etc/env.php",
    "/../../../app/etc/env.php",
    "/m/%2e%2e/%2e%2e/env.php",
    "/m/..%2f..%2fenv.php",
    "/m/u/..\\..\\env.php",
    "/m/./mug.png",
    "/m//mug.png",
    "/m/\x00.png",
    "/m/%00.png",
    "/m/u/" + 600 * "x",
    "/",
    "",
)


@pytest.mark.parametrize("form", NOT_FETCHED)
def test_an_image_off_the_shops_media_host_is_refused_without_any_connection(
    form: str,
) -> None:
    picture = answer("200 OK", b"a secret")
    with listening(picture) as own, listening(picture) as other:
        fetch, host = MediaFetch(allow_private=True, deadline=5), media_host(own.url)
        with pytest.raises(AddressRefused) as refused:
            fetch.fetch(host, host.url_of(form.format(own=own.port, other=other.port)))
        assert (own.connections, other.connections) == (0, 0)
    assert refused.value.hint
    assert "password" not in refused.value.reason


@pytest.mark.parametrize(
    "form",
    [
        "http://127.0.0.1:{own}",
        "http://localhost:{own}",
        "http://127.1:{own}",
        "http://2130706433:{own}",
        "http://0x7f000001:{own}",
        "http://0177.0.0.1:{own}",
        "http://0:{own}",
        "http://0.0.0.0:{own}",
        "http://[::1]:{own}",
        "http://[::ffff:127.0.0.1]:{own}",
        "http://user:password@127.0.0.1:{own}",
        "http://127.0.0.1.:{own}",
        "http://127.0.0.1:{own}?x=1",
        "http://127.0.0.1:{own}#x",
        "http://１２７.０.０.１:{own}",
        "ftp://127.0.0.1:{own}",
        "file:///",
        "127.0.0.1:{own}",
        "",
        None,
    ],
)
def test_a_media_host_that_is_not_public_is_refused_without_any_connection(form: str | None) -> None:
    with listening(answer("200 OK", b"a secret")) as own:
        with pytest.raises(AddressRefused) as refused:
            host = media_host(form and form.format(own=own.port))
            MediaFetch(deadline=5).fetch(host, host.url_of(IMAGE))
        assert own.connections == 0
    assert "password" not in refused.value.reason


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["172.16.0.1"],
        ["192.168.1.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["192.0.0.1"],
        ["192.0.2.1"],
        ["198.18.0.1"],
        ["192.88.99.1"],
        ["224.0.0.1"],
        ["240.0.0.1"],
        ["255.255.255.255"],
        ["::"],
        ["fe80::1"],
        ["fe80::1%eth0"],
        ["fc00::1"],
        ["fd00:ec2::254"],
        ["ff02::1"],
        ["::ffff:93.184.216.34"],
        ["::ffff:127.0.0.1"],
        ["::127.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2001:db8::1"],
        ["2001::1"],
        ["2002:7f00:1::1"],
        ["93.184.216.34", "10.0.0.1"],
        ["2606:2800:220:1::1", "fc00::1"],
    ],
)
def test_a_name_that_resolves_to_an_address_that_is_not_public_is_refused(
    addresses: list[str], allow_private: bool
) -> None:
    fetch = MediaFetch(allow_private=allow_private, resolve=lambda host, port: addresses, deadline=5)
    host = media_host("http://shop.example")
    with pytest.raises(AddressRefused):
        fetch.fetch(host, host.url_of(IMAGE))


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_no_private_address_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert not (is_public(address) and (address.is_private or address.is_link_local or address.is_loopback))


@pytest.mark.parametrize(
    ("base", "media", "image", "url"),
    [
        ("https://shop.example", None, "/m/u/mug.jpg", "https://shop.example/media/catalog/product/m/u/mug.jpg"),
        ("https://shop.example/", None, "m/u/mug.jpg", "https://shop.example/media/catalog/product/m/u/mug.jpg"),
        ("https://shop.example/en/", None, "/a.jpg", "https://shop.example/en/media/catalog/product/a.jpg"),
        ("https://SHOP.example:443", None, "/a.jpg", "https://shop.example/media/catalog/product/a.jpg"),
        ("http://shop.example:8080", None, "/a.jpg", "http://shop.example:8080/media/catalog/product/a.jpg"),
        ("https://shop.example", "https://cdn.example/p", "/a.jpg", "https://cdn.example/p/a.jpg"),
        ("https://shop.example", None, "/tasse größe.jpg",
         "https://shop.example/media/catalog/product/tasse%20gr%C3%B6%C3%9Fe.jpg"),
        ("https://shop.example", None, "/a?b#c.jpg", "https://shop.example/media/catalog/product/a%3Fb%23c.jpg"),
        ("https://shop.example", None, "https://shop.example/x/a.jpg?v=2", "https://shop.example/x/a.jpg?v=2"),
        ("https://shop.example", None, "HTTPS://SHOP.EXAMPLE/a.jpg", "https://shop.example/a.jpg"),
        ("https://[2001:4860::8888]", None, "/a.jpg", "https://[2001:4860::8888]/media/catalog/product/a.jpg"),
    ],
)  # fmt: skip
def test_the_url_of_a_gallery_image_is_on_the_media_host(
    base: str, media: str | None, image: str, url: str
) -> None:
    assert media_host(base, media).url_of(image) == url


@given(st.text(max_size=40))
def test_any_image_name_leads_to_the_media_host_or_is_refused(image: str) -> None:
    host = MediaHost("https", "shop.example", 443, "/media/")
    try:
        url = host.url_of(image)
    except AddressRefused:
        return
    assert url.startswith("https://shop.example/")
    assert url.isascii()
    assert url.isprintable()
    assert " " not in url
