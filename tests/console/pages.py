"""Pages as a visitor without JavaScript gets them."""

from __future__ import annotations

from tests.console.conftest import Visitor


def html(visitor: Visitor, path: str) -> str:
    """The page to which this path leads, where there is one."""
    answer = visitor.get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)
