"""The settings page: shops, checks of the installation, and settings of the environment."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from platform import python_version
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from console.setup import progress
from console.shops.checks import LEVELS, WORDS, check_everything
from console.web import current_shop
from console.web.access import requires
from console.web.context import console_context
from operations.health.checks import FAULT, Finding
from records.accounts.users import Role
from records.rules import shops

pages = Blueprint("settings", __name__)

DISTRIBUTION: Final = "magento-tiktok-sync"


@pages.get("/settings")
def index() -> ResponseReturnValue:
    """Show the page without running the checks."""
    return _page()


@pages.post("/settings/checks")
@requires(Role.VIEWER)
def check() -> ResponseReturnValue:
    """Run every check of `m2t doctor`. Nothing is changed, except that a probe record is written to Kafka."""
    return _page(check_everything(), looked=True)


def _page(found: Sequence[Finding] = (), *, looked: bool = False) -> str:
    with console_context().database.read() as connection:
        stopped = shops.stopped(connection)
    return render_template(
        "settings/index.html",
        rulebooks=current_shop.rulebooks(),
        stopped=stopped,
        steps=progress.progress().steps,
        looked=looked,
        found=found,
        faults=[finding for finding in found if finding.state == FAULT],
        levels=LEVELS,
        state_words=WORDS,
        versions=_versions(),
        switches=console_context().switches,
    )


def _versions() -> dict[str, str]:
    with console_context().database.read() as connection:
        dialect = connection.dialect
        server = ".".join(map(str, dialect.server_version_info or ()))
    return {
        "m2t": version(DISTRIBUTION),
        "Tables": console_context().database.revision() or "none",
        "Database": f"{dialect.name} {server}",
        "Python": python_version(),
    }
