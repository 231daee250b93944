"""The themes and widths in which screens are tested."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from playwright.sync_api import Page

from tests.browser import COLOUR_RULES, axe_faults

LOOKS: Final = (("light", 1280), ("dark", 320))
EVERY_LOOK: Final = (("light", 1280), ("dark", 1280), ("light", 320), ("dark", 320))


def looks(page: Page, scheme: str, width: int) -> None:
    """Set the page's theme and width."""
    theme: Literal["light", "dark"] = "dark" if scheme == "dark" else "light"
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})


def faults_of(page: Page, path: str) -> Iterator[str]:
    """Yield what is wrong with the page, in both themes and at both widths.

    The dark theme changes colours only (a test compares the style sheets), so it is checked by the rules of colours.
    """
    for scheme, width in EVERY_LOOK:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 800})
        rules = COLOUR_RULES if scheme == "dark" else ()
        yield from (f"{path}, {scheme} at {width}: {fault}" for fault in axe_faults(page, *rules))
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{path}, {scheme} at {width}: is {wide} px wide"
