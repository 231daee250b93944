"""Dead letters: what couldn't be read, processed or delivered, by reason, with what a redrive would do."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.dead_letters import bodies
from console.dead_letters.meanings import MEANINGS
from console.jobs import discard as discarding
from console.jobs import redrive as redriving
from console.web import audit, current_shop, job_runner
from console.web.access import author
from console.web.context import console_context
from console.web.exporting import MOST_ROWS, as_file, asked_format
from console.web.url_ids import row_id
from operations.dead_letters.redrive import (
    OF_A_LISTING,
    QuarantinedAgain,
    Redriver,
    as_events,
    preview_redrive,
    settled,
)
from records.jobs import jobs
from records.log import dead_letters
from records.log.dead_letters import DISCARDED, MOST_COUNTED, DeadLetter
from schemas import quarantined
from schemas.quarantined import Kept
from topics.errors import Refused

pages = Blueprint("dead_letters", __name__)

A_PAGE: Final = 50
LONGEST_NOTE: Final = 500
NO_NOTE: Final = "Enter a reason for discarding it."
LOOKED_AT: Final = 20
COLUMNS: Final = (
    "id", "reason", "shop", "key", "error_class", "error_message", "origin_topic", "origin_partition", "origin_offset",
    "first_failed_at",
)  # fmt: skip


@pages.get("/dead-letters")
def index() -> ResponseReturnValue:
    """Show the number of open dead letters of each reason."""
    if (wanted := asked_format()) is not None:
        with console_context().database.read() as connection:
            letters = dead_letters.page(connection, limit=MOST_ROWS)
        return as_file(wanted, "dead-letters", COLUMNS, [_plain(letter) for letter in letters])
    with console_context().database.read() as connection:
        found = dead_letters.groups(connection)
        room = dead_letters.room(connection, console_context().kafka.dead_letters_topic)
        running = [
            job
            for kind in (redriving.KIND, discarding.KIND)
            for job in jobs.latest(connection, kind, 5)
            if not job.state.ended
        ]
    return render_template(
        "dead_letters/index.html",
        groups=found,
        total=sum(group.number for group in found),
        most=MOST_COUNTED,
        meanings=MEANINGS,
        running=running,
        full=not room,
        topic=console_context().kafka.dead_letters_topic,
    )


@pages.get("/dead-letters/reason/<reason>")
def group(reason: str) -> ResponseReturnValue:
    """Show the dead letters of a reason, and what redriving the oldest of them would do."""
    return _group(reason, {})


def _group(reason: str, errors: dict[str, list[str]]) -> str:
    before = request.args.get("before", type=row_id)
    with console_context().database.read() as connection:
        letters = dead_letters.page(connection, limit=A_PAGE + 1, reason=reason, before=before)
        rulebooks = current_shop.rulebooks()
        first = dead_letters.next_open(
            connection, reason, after=0, up_to=dead_letters.newest_id(connection), limit=LOOKED_AT
        )
        previews = [
            preview_redrive(connection, letter, rulebooks, console_context().clock()) for letter in first
        ]
        of_reason = next((group for group in dead_letters.groups(connection) if group.reason == reason), None)
    return render_template(
        "dead_letters/group.html",
        reason=reason,
        meaning=MEANINGS.get(reason, ""),
        letters=letters[:A_PAGE],
        older=letters[A_PAGE - 1].id if len(letters) > A_PAGE else None,
        previews=previews,
        number=of_reason.number if of_reason is not None else 0,
        sample=bodies.body(of_reason.newest.value, bodies.SAMPLE) if of_reason else None,
        most=MOST_COUNTED,
        rate=redriving.USUAL_RATE,
        errors=errors,
    )


@pages.get("/dead-letters/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    """Show one dead letter."""
    return _page(_letter(letter_id), {}, None)


@pages.post("/dead-letters/reason/<reason>/redrive")
def redrive(reason: str) -> ResponseReturnValue:
    """Start a job that redrives all dead letters of a reason."""
    return _job(redriving.KIND, reason, rate=request.form.get("rate", redriving.USUAL_RATE, type=int))


@pages.post("/dead-letters/reason/<reason>/discard")
def discard_all(reason: str) -> ResponseReturnValue:
    """Start a job that discards all dead letters of a reason, with one note."""
    if not (note := _note()):
        return _group(reason, {"note": [NO_NOTE]}), 422
    return _job(discarding.KIND, reason, note=note)


def _job(kind: str, reason: str, **options: object) -> ResponseReturnValue:
    """Start a job for the dead letters of a reason that are open now; later ones are left alone."""
    with console_context().database.read() as connection:
        up_to = dead_letters.newest_id(connection)
        number = next(
            (group.number for group in dead_letters.groups(connection) if group.reason == reason), 0
        )
    if not number:
        flash("No dead letter has this reason any more.", "info")
        return redirect(url_for("dead_letters.index"), 303)
    total = number if number < MOST_COUNTED else None
    document = {"reason": reason, "up_to": up_to, "total": total, **options}
    job_id = job_runner.ask(kind, document, author())
    audit.record(f"dead letters, {reason}", f"{number} open", f"{kind} by job {job_id}")
    for name, value in options.items():
        audit.record(f"job {job_id} {name}", "", value)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@pages.post("/dead-letters/<int:letter_id>/redrive", endpoint="redrive_one")
def redrive_letter(letter_id: int) -> ResponseReturnValue:
    """Redrive one dead letter, as it is or edited."""
    letter = _letter(letter_id)
    if letter.origin_topic == OF_A_LISTING:
        return redirect(url_for("products.show", product_id=letter.origin_offset), 303)
    sent = request.form.get("value")
    value = bodies.edited(sent, bodies.body(letter.value))
    redriver = Redriver(
        console_context().kafka.connection, console_context().kafka.events_topic, console_context().signatures
    )
    try:
        redriver.send(as_events(letter, value))
    except QuarantinedAgain as again:
        if value is None:
            with console_context().database.write() as connection:
                dead_letters.failed_again(connection, letter.id, again.reason, again.detail)
        return _page(_letter(letter_id), {"value": [f"{again} {again.next_step}"]}, sent), 422
    except Refused as refused:
        return _page(letter, {"value": [f"{refused} {refused.next_step}"]}, sent), 422
    finally:
        redriver.close()
    with console_context().database.write() as connection:
        settled(connection, [letter], by=author(), now=console_context().clock())
    audit.record(f"dead letter {letter_id}", letter.settled or "open", "redriven")
    if value is not None:
        before = len(letter.value or b"")
        audit.record(f"dead letter {letter_id} value", f"{before} bytes", f"edited, {len(value)} bytes")
    flash("The event is on its topic again and will be decided shortly.", "success")
    return redirect(url_for("dead_letters.group", reason=letter.reason), 303)


@pages.post("/dead-letters/<int:letter_id>/discard")
def discard(letter_id: int) -> ResponseReturnValue:
    """Discard one dead letter: it can't be redriven any more. Its row stays, with the note."""
    letter = _letter(letter_id)
    if not (note := _note()):
        return _page(letter, {"note": [NO_NOTE]}, None), 422
    with console_context().database.write() as connection:
        settled_now = dead_letters.settle(
            connection, [letter.id], DISCARDED, by=author(), note=note, now=console_context().clock()
        )
    if settled_now:
        audit.record(f"dead letter {letter_id}", "open", "discarded")
        audit.record(f"dead letter {letter_id} note", "", note)
    flash("Discarded. The row is kept with your note.", "success")
    return redirect(url_for("dead_letters.index"), 303)


def _note() -> str:
    return request.form.get("note", "").strip()[:LONGEST_NOTE]


def _page(letter: DeadLetter, errors: dict[str, list[str]], edited: str | None) -> str:
    with console_context().database.read() as connection:
        found = preview_redrive(connection, letter, current_shop.rulebooks(), console_context().clock())
    shown = bodies.body(letter.value)
    webhook = quarantined.read(letter.headers)
    return render_template(
        "dead_letters/show.html",
        letter=letter,
        meaning=MEANINGS.get(letter.reason, ""),
        preview=found,
        value=shown.text if edited is None else edited,
        shown=shown,
        headers=[(name, raw.decode(errors="replace")) for name, raw in letter.headers],
        errors=errors,
        of_a_listing=letter.origin_topic == OF_A_LISTING,
        webhook=webhook,
        only_start=webhook is not None and webhook.kept is Kept.START,
    )


def _letter(letter_id: int) -> DeadLetter:
    with console_context().database.read() as connection:
        return dead_letters.get(connection, letter_id) or abort(
            404, "There is no dead letter with this number."
        )


def _plain(letter: DeadLetter) -> dict[str, object]:
    key = (letter.key or b"").decode(errors="replace")
    return {**{name: getattr(letter, name) for name in COLUMNS}, "key": key}
