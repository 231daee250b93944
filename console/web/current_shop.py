"""The shop of a page: `?shop=KEY`, else the shop viewed last in this session, else the first one."""

from __future__ import annotations

from flask import abort, g, request, session

from console.web.context import console_context
from console.web.health_badge import pulse
from policies.rulebook import Rulebooks


def rulebooks() -> Rulebooks:
    """Return the rulebooks of all shops, read once per request."""
    if "rulebooks" not in g:
        with console_context().database.read() as connection:
            g.rulebooks = console_context().rulebooks.read(connection)
    value: Rulebooks = g.rulebooks
    return value


def read_anew() -> None:
    """Drop what `rulebooks` and `chosen_shop` have read, after this request changed it."""
    for name in ("rulebooks", "shop"):
        g.pop(name, None)


def chosen_shop() -> str | None:
    """Return the key of the page's shop; None while there is no shop. Aborts with 404 if `?shop=` names no shop."""
    if "shop" in g:
        return g.shop  # type: ignore[no-any-return]
    keys = sorted(rulebooks().shops)
    wanted = request.args.get("shop")
    if wanted:
        if wanted not in keys:
            abort(404, f"There is no shop {wanted!r}.")
        session["shop"] = wanted
    remembered = session.get("shop")
    g.shop = remembered if remembered in keys else next(iter(keys), None)
    return g.shop  # type: ignore[no-any-return]


def the_shop() -> str:
    """Return the key of the page's shop. Aborts with 404 while there is no shop."""
    return chosen_shop() or abort(404, "No shop is connected yet. Connect one in the set-up.")


def context() -> dict[str, object]:
    """Return the variables of `web/layout.html`, which every page extends."""
    shops = rulebooks().shops
    wanted = request.args.get("shop")
    current = wanted if wanted in shops else session.get("shop")
    return {
        "shops": [(key, shops[key].title) for key in sorted(shops)],
        "shop": current if current in shops else next(iter(sorted(shops)), None),
        "pulse": pulse(rulebooks().paused()),
        "me": g.person,
    }
