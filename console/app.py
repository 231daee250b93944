"""`create_app`: the console's Flask app, with its blueprints and everything that applies to every page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final

import structlog
from flask import Flask, g, render_template, request
from flask.helpers import get_debug_flag
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, NotFound, SecurityError

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
from console.web.context import ConsoleContext
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
"""The modules with pages: each has a blueprint named `pages`."""

LONGEST_FORM: Final = 1_000_000
LOOPBACK: Final = ("localhost", "127.0.0.1")
LONGEST_HOST: Final = 100


class DebugRefused(Exception):
    """FLASK_DEBUG is set: in Flask's debug mode an error page would show code and variables. Unset it."""


def refuse_debug() -> None:
    """Raise `DebugRefused` if Flask would start in debug mode."""
    if get_debug_flag():
        raise DebugRefused(DebugRefused.__doc__)


class OverTls(SecureCookieSessionInterface):
    """Flask's session, in a cookie that is `Secure` if the request came over TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Decide by the request: behind a proxy that terminates TLS no setting knows."""
        return request.is_secure


def create_app(
    context: ConsoleContext, *session_keys: Secret, trusted_hosts: Sequence[str] = LOOPBACK
) -> Flask:
    """Return the console's app.

    The first of `session_keys` signs the cookie with the CSRF token and messages; signatures of the others, earlier
    keys, are accepted too. `trusted_hosts` are the host names that it answers to. Raises `DebugRefused`.
    """
    refuse_debug()
    key, *earlier = (secret.reveal() for secret in session_keys)
    app = Flask("console", root_path=str(assets.ROOM), static_folder=None, template_folder="templates")
    app.extensions["console_context"] = context
    runners = {job.KIND: job.run for job in (resync, count_matching, count_due, discard, redrive, simulate)}
    app.extensions[NAME] = JobRunner(context, runners)
    app.session_interface = OverTls()
    app.config.update(
        SECRET_KEY=key,
        SECRET_KEY_FALLBACKS=earlier,
        # Flask-WTF has no setting for fallback keys, but passes a list on to itsdangerous, whose newest key is last.
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
    _show_errors_as_pages(app)
    return app


def _show_errors_as_pages(app: Flask) -> None:
    """Register the pages of refused requests, from the most specific error to the least."""
    app.register_error_handler(CSRFError, _not_from_here)
    app.register_error_handler(SecurityError, _not_our_name)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)


def _not_from_here(error: CSRFError) -> ResponseReturnValue:
    words = "This form has expired, or did not come from this console. Nothing was changed. Reload the page."
    return render_template("web/error.html", title="Nothing was changed", words=words), 400


def _not_our_name(_: SecurityError) -> ResponseReturnValue:
    """Answer a request for an untrusted host name. Its page has no links: Flask builds no URLs for such a host."""
    if (probe := probes.BY_PATH.get(request.path)) is not None:
        return probe()
    name = request.headers.get("Host", "").partition(":")[0][:LONGEST_HOST]
    return render_template("web/not_our_name.html", name=name), 400


def _refused(error: HTTPException) -> ResponseReturnValue:
    title = "Page not found" if error.code == 404 else error.name
    words = error.description or ""
    if isinstance(error, NotFound) and words == NotFound.description:
        words = f"This console has no page {request.path}."
    return render_template("web/error.html", title=title, words=words), error.code or 500


def _failed(error: Exception) -> ResponseReturnValue:
    """Show a short page for an unexpected error; the log has the traceback."""
    log.exception("page_failed", path=request.path, error=type(error).__name__)
    words = "This page failed and nothing was saved. The console's log has the error."
    return render_template("web/error.html", title="Internal error", words=words), 500
