"""A page as a browser without JavaScript has it: its elements and its text."""

from __future__ import annotations

from html.parser import HTMLParser

APART = frozenset({"td", "th", "br", "small", "li", "dd"})
"""Elements that a reader sees apart from the text before them."""


class Page(HTMLParser):
    """The elements of a page, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " " if tag in APART else ""

    def handle_data(self, data: str) -> None:
        if self.elements[-1:] != [("style", {})]:
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of each element with one of these tags."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    def links(self) -> list[str | None]:
        """Return the targets of the links."""
        return [attributes["href"] for attributes in self.all("a")]
