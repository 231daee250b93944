"""Settings: the shops, the checks of the whole, and what the environment says."""

from __future__ import annotations

from importlib.metadata import version
from platform import python_version
from typing import Any, Final

from flask import Blueprint, render_template

from console.setup import progress
from console.shops.checks import LEVELS, WORDS, everything
from console.web import current_shop
from console.web.access import requires
from console.web.context import desk
from operations.health.checks import FAULT
from records.accounts.users import Role
from records.rules import shops

pages = Blueprint("settings", __name__)

DISTRIBUTION: Final = "magento-tiktok-sync"


@pages.get("/settings")
def index() -> Any:
    """What there is; the checks are made when they are asked for."""
    return _page()


@pages.post("/settings/checks")
@requires(Role.VIEWER)
def check() -> Any:
    """Every check, now: what `m2t doctor` says. It changes nothing but for one probe record in Kafka."""
    return _page(everything(), looked=True)


def _page(found: Any = (), *, looked: bool = False) -> str:
    with desk().database.read() as connection:
        stopped = shops.stopped(connection)
    return render_template(
        "settings/index.html",
        rulebooks=current_shop.rulebooks(),
        stopped=stopped,
        steps=progress.progress().steps,
        looked=looked,
        found=found,
        faults=[one for one in found if one.state == FAULT],
        levels=LEVELS,
        state_words=WORDS,
        versions=_versions(),
        switches=desk().switches,
    )


def _versions() -> dict[str, str]:
    with desk().database.read() as connection:
        dialect = connection.dialect
        server = ".".join(map(str, dialect.server_version_info or ()))
    return {
        "m2t": version(DISTRIBUTION),
        "Tables": desk().database.revision() or "none",
        "Database": f"{dialect.name} {server}",
        "Python": python_version(),
    }
