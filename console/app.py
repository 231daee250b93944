"""The app of the console: its rooms of pages, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import structlog
from flask import Flask, g, render_template, request
from flask.helpers import get_debug_flag
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError

from console.jobs import count_due, count_matching, discard, redrive, resync, simulate
from console.web import (
    access,
    assets,
    audit,
    current_shop,
    probes,
    security_headers,
    template_filters,
    url_ids,
)
from console.web.context import Desk
from console.web.job_runner import NAME, JobRunner
from schemas.secret import Secret

log = structlog.get_logger(__name__)

PAGES: Final = (
    "overview.views",
    "policies.views",
    "policies.forms",
    "listing_templates.views",
    "products.views",
    "logs.activity",
    "logs.feeds",
    "queue.views",
    "dead_letters.views",
    "simulate.views",
    "jobs.views",
    "topics.views",
    "settings.views",
    "accounts.people",
    "settings.shop_views",
    "setup.views",
    "setup.magento",
    "setup.tiktok",
    "setup.rules",
    "setup.summary",
    "accounts.sign_in",
    "accounts.sign_in_code",
    "accounts.account",
    "accounts.second_factor",
    "web.probes",
)
"""The modules whose `pages` is a blueprint."""

LONGEST_FORM: Final = 1_000_000
LOOPBACK: Final = ("localhost", "127.0.0.1")
LONGEST_HOST: Final = 100


class DebugRefused(Exception):
    """FLASK_DEBUG is set, and in Flask's debug mode a page that fails would show what must not be seen. Unset it."""


def refuse_debug() -> None:
    """Raise `DebugRefused` where Flask would start in its debug mode."""
    if get_debug_flag():
        raise DebugRefused(DebugRefused.__doc__)


class OverTls(SecureCookieSessionInterface):
    """Flask's session, in a cookie that a browser keeps to TLS where it came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """By the request: behind a proxy that ends TLS nothing else tells."""
        return request.is_secure


def create_app(desk: Desk, *session_keys: Secret, trusted_hosts: Sequence[str] = LOOPBACK) -> Flask:
    """The console over this desk.

    The first of `session_keys` signs the cookie that holds the CSRF token and messages, the others are earlier ones
    whose signatures hold too. `trusted_hosts` are the names that it answers to. Raises `DebugRefused`.
    """
    refuse_debug()
    key, *earlier = (one.reveal() for one in session_keys)
    app = Flask("console", root_path=str(assets.ROOM), static_folder=None, template_folder="templates")
    app.extensions["desk"] = desk
    runners = {one.KIND: one.run for one in (resync, count_matching, count_due, discard, redrive, simulate)}
    app.extensions[NAME] = JobRunner(desk, runners)
    app.session_interface = OverTls()
    app.config.update(
        SECRET_KEY=key,
        SECRET_KEY_FALLBACKS=earlier,
        # Flask-WTF signs by itself and knows no fallbacks; itsdangerous takes its keys oldest first.
        WTF_CSRF_SECRET_KEY=[*reversed(earlier), key],
        TRUSTED_HOSTS=list(trusted_hosts),
        SESSION_COOKIE_NAME="m2t_console",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        MAX_CONTENT_LENGTH=LONGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LONGEST_FORM,
        MAX_FORM_PARTS=5_000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    access.guard(app)
    audit.keep(app)
    assets.serve(app)
    security_headers.harden(app)
    template_filters.teach(app)
    url_ids.bound(app)
    for name in PAGES:
        app.register_blueprint(import_module(f"console.{name}").pages)
    app.context_processor(lambda: current_shop.context() if g.get("person") is not None else {})
    app.register_error_handler(CSRFError, _not_from_here)
    app.register_error_handler(SecurityError, _not_our_name)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    return app


def _not_from_here(error: CSRFError) -> Any:
    words = "This form has expired, or did not come from this console. Nothing was changed. Reload the page."
    return render_template("web/error.html", title="Nothing was changed", words=words), 400


def _not_our_name(_: SecurityError) -> Any:
    """The page is whole by itself: under a name that is not trusted no address of ours can be made."""
    if (probe := probes.BY_PATH.get(request.path)) is not None:
        return probe()
    name = request.headers.get("Host", "").partition(":")[0][:LONGEST_HOST]
    return render_template("web/not_our_name.html", name=name), 400


def _refused(error: HTTPException) -> Any:
    title = "Page not found" if error.code == 404 else error.name
    return render_template("web/error.html", title=title, words=error.description or ""), error.code or 500


def _failed(error: Exception) -> Any:
    """Whoever looks gets words, the log gets the rest."""
    log.exception("page_failed", path=request.path, error=type(error).__name__)
    words = "This page failed and nothing was saved. The console's log has the error."
    return render_template("web/error.html", title="Internal error", words=words), 500
