"""Pages as a client without JavaScript gets them."""

from __future__ import annotations

from tests.console.conftest import Visitor


def html(visitor: Visitor, path: str) -> str:
    """Return the page at this path, after redirects. Asserts that it exists."""
    answer = visitor.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)
