"""Who may do what: every route asks for a role, and says so itself where the usual one is not meant.

Looking asks for a viewer, anything else for an editor; `requires` says another role, `public` none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import Forbidden, SecurityError

from console.web.audit import LOOKING
from console.web.context import desk
from records.accounts import users
from records.accounts.users import LONGEST, SEEN_EVERY, Role, User

COOKIE: Final = "m2t_session"
NOBODYS: Final = frozenset({"static", "probes.livez", "probes.readyz"})
"""What is answered without asking who asks."""
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits there."""

    id: int
    name: str
    role: Role

    def may(self, role: str) -> bool:
        """For templates: what is not allowed is not offered."""
        return self.role.includes(Role(role))


def requires(role: Role) -> Callable[[View], View]:
    """This view asks for this role, whatever the method."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """This view is for everybody, signed in or not."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needed(view: Any, method: str) -> Role | None:
    """The role that a view asks for under this method; None where it is public."""
    if getattr(view, "is_public", False):
        return None
    named: Role | None = getattr(view, "required_role", None)
    return named or (Role.VIEWER if method in LOOKING else Role.EDITOR)


def me() -> Person:
    """Who sits there. Only in views that are not public."""
    person: Person | None = g.get("person")
    if person is None:
        raise Forbidden("Sign in first.")
    return person


def author() -> str:
    """The person as versions and logs name them."""
    return f"{me().name} (console)"


def guard(app: Flask) -> None:
    """Ask at every request, and give a session another token where that is due."""
    app.before_request(_admit)
    app.after_request(_give_renewed)


def _admit() -> Any:
    g.person = None
    if request.endpoint in NOBODYS or isinstance(request.routing_exception, SecurityError):
        return None
    g.person = _person(desk().clock())
    if request.endpoint is None:
        return None
    if request.method not in LOOKING and _from_elsewhere():
        raise Forbidden("The request came from another site. Nothing was changed.")
    role = needed(current_app.view_functions[request.endpoint], request.method)
    if role is None:
        return None
    if g.person is None:
        return _to_sign_in()
    if not g.person.role.includes(role):
        raise Forbidden(f"This is for {role.value}s; signed in as {g.person.role.value}.")
    if desk().read_only and request.method not in LOOKING and request.endpoint != "sign_in.leave":
        raise Forbidden("This console is read-only: nothing can be changed here.")
    return None


def _from_elsewhere() -> bool:
    """A browser says that another site sent this: beside the form's token, for defence in depth."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        return True
    return origin not in (None, "null") and urlsplit(origin or "").netloc != request.host


def cookie_name() -> str:
    """Over TLS one that no other host of the domain can set."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _person(now: datetime) -> Person | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with desk().database.read() as connection:
        found = users.of_session(connection, token, now=now)
    if found is None:
        return None
    if now - found.seen_at > SEEN_EVERY:
        with desk().database.write() as connection:
            users.see(connection, token, now=now)
    if found.renew:
        with desk().database.write() as connection:
            g.renewed = users.renew(connection, token)
    return as_person(found.user)


def session_token() -> str:
    """The token of the session that this request came in, which may have become another one meanwhile."""
    return g.get("renewed") or request.cookies.get(cookie_name(), "")


def give_session(answer: Response, token: str) -> None:
    """The browser keeps this session now."""
    answer.set_cookie(
        cookie_name(),
        token,
        max_age=int(LONGEST.total_seconds()),
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
        path="/",
    )


def as_person(user: User) -> Person:
    """The row as the person who sits there."""
    return Person(user.id, user.name, user.role)


def _to_sign_in() -> Any:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    there = url_for("sign_in.form", next=wanted if wanted != "/" else None)
    if request.headers.get("HX-Request"):
        return Response("", 401, {"HX-Redirect": url_for("sign_in.form")})
    if request.headers.get("X-Live"):
        return Response("", 401)
    return redirect(there, 303)


def _give_renewed(response: Response) -> Response:
    if g.get("renewed"):
        give_session(response, g.renewed)
    return response
