"""The shop that a page is about: `?shop=KEY`, else the one that was looked at last, else the first."""

from __future__ import annotations

from typing import Any

from flask import abort, g, request, session

from console.web.context import desk
from console.web.health_badge import pulse
from policies.rulebook import Rulebooks


def rulebooks() -> Rulebooks:
    """What governs, read once a request."""
    if "rulebooks" not in g:
        with desk().database.read() as connection:
            g.rulebooks = desk().rulebooks.read(connection)
    value: Rulebooks = g.rulebooks
    return value


def read_anew() -> None:
    """What governs was read before this request changed it."""
    for name in ("rulebooks", "shop"):
        g.pop(name, None)


def chosen_shop() -> str | None:
    """The key of the shop that this page is about; None while there is no shop. 404 for one that is not known."""
    if "shop" in g:
        return g.shop  # type: ignore[no-any-return]
    known = sorted(rulebooks().shops)
    asked = request.args.get("shop")
    if asked:
        if asked not in known:
            abort(404, f"There is no shop {asked!r}.")
        session["shop"] = asked
    remembered = session.get("shop")
    g.shop = remembered if remembered in known else next(iter(known), None)
    return g.shop  # type: ignore[no-any-return]


def the_shop() -> str:
    """The key of the shop that this page is about; 404 while there is none."""
    return chosen_shop() or abort(404, "No shop is connected yet. Connect one in the set-up.")


def context() -> dict[str, Any]:
    """What the frame of every page shows."""
    shops = rulebooks().shops
    asked = request.args.get("shop")
    current = asked if asked in shops else session.get("shop")
    return {
        "shops": [(key, shops[key].title) for key in sorted(shops)],
        "shop": current if current in shops else next(iter(sorted(shops)), None),
        "pulse": pulse(rulebooks().paused()),
        "me": g.person,
    }
