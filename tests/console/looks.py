"""How screens are looked at: both themes, wide and as narrow as they may be."""

from __future__ import annotations

from typing import Final, Literal

from playwright.sync_api import Page

LOOKS: Final = (("light", 1280), ("dark", 320))


def looks(page: Page, scheme: str, width: int) -> None:
    """The page in this theme and width."""
    theme: Literal["light", "dark"] = "dark" if scheme == "dark" else "light"
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
