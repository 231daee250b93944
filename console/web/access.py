"""Access control: every route requires a role of the signed-in user.

By default reading requires a viewer, and everything else an editor. `requires` sets another role, `public` none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import Forbidden, SecurityError

from console.web.audit import LOOKING
from console.web.context import console_context
from records.accounts import users
from records.accounts.users import LONGEST, SEEN_EVERY, Role, User

COOKIE: Final = "m2t_session"
NOBODYS: Final = frozenset({"static", "probes.livez", "probes.readyz"})
"""Endpoints that are answered without looking for a session."""
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Person:
    """The signed-in user of this request."""

    id: int
    name: str
    role: Role

    def may(self, role: str) -> bool:
        """Return whether the user has this role; templates hide what the user may not do."""
        return self.role.includes(Role(role))


def requires(role: Role) -> Callable[[View], View]:
    """Require this role for the view, whatever the request method."""

    def mark(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Make the view public: no sign-in is needed."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def needed(view: object, method: str) -> Role | None:
    """Return the role that a view requires for this request method; None if the view is public."""
    if getattr(view, "is_public", False):
        return None
    named: Role | None = getattr(view, "required_role", None)
    return named or (Role.VIEWER if method in LOOKING else Role.EDITOR)


def me() -> Person:
    """Return the signed-in user. Only for views that are not public: raises `Forbidden` without a session."""
    person: Person | None = g.get("person")
    if person is None:
        raise Forbidden("Sign in first.")
    return person


def author() -> str:
    """Return the name of the signed-in user for versions and logs."""
    return f"{me().name} (console)"


def guard(app: Flask) -> None:
    """Check access at every request, and rotate session tokens when they are due."""
    app.before_request(_admit)
    app.after_request(_give_renewed)


def _admit() -> ResponseReturnValue | None:
    g.person = None
    if request.endpoint in NOBODYS or isinstance(request.routing_exception, SecurityError):
        return None
    g.person = _person(console_context().clock())
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
    if console_context().read_only and request.method not in LOOKING and request.endpoint != "sign_in.leave":
        raise Forbidden("This console is read-only: nothing can be changed here.")
    return None


def _from_elsewhere() -> bool:
    """Return whether the browser says that another site sent this request. Defence in depth beside the CSRF token."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none"):
        return True
    return origin not in (None, "null") and urlsplit(origin or "").netloc != request.host


def cookie_name() -> str:
    """Return the cookie's name: over TLS with the `__Host-` prefix, so that no other host of the domain can set it."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _person(now: datetime) -> Person | None:
    token = request.cookies.get(cookie_name())
    if not token:
        return None
    with console_context().database.read() as connection:
        found = users.of_session(connection, token, now=now)
    if found is None:
        return None
    if now - found.seen_at > SEEN_EVERY:
        with console_context().database.write() as connection:
            users.see(connection, token, now=now)
    if found.renew:
        with console_context().database.write() as connection:
            g.renewed = users.renew(connection, token)
    return as_person(found.user)


def session_token() -> str:
    """Return the token of this request's session; the new token if it was rotated during the request."""
    return g.get("renewed") or request.cookies.get(cookie_name(), "")


def give_session(answer: BaseResponse, token: str) -> None:
    """Set the session cookie on the response."""
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
    """Return the user's row as a `Person`."""
    return Person(user.id, user.name, user.role)


def _to_sign_in() -> ResponseReturnValue:
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
