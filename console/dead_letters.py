"""Dead letters: what could not be read, handled or delivered; by reason, with what trying again would do."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from console import job_runner, redriving, shop_switch
from console.access import author
from console.desk import desk
from console.exporting import MOST_ROWS, as_file, asked_format
from console.masking import masked
from console.numbers import row_id
from operations.redriving import OF_A_LISTING, Redriver, as_event, prospect, settled
from operations.refusals import Refused
from records import dead_letters, jobs
from records.dead_letters import DISCARDED, MOST_COUNTED, DeadLetter

pages = Blueprint("dead_letters", __name__)

A_PAGE: Final = 50
LOOKED_AT: Final = 20
COLUMNS: Final = (
    "id", "reason", "shop", "key", "error_class", "error_message", "origin_topic", "origin_partition", "origin_offset",
    "first_failed_at",
)  # fmt: skip
MEANINGS: Final = {
    "unreadable_event": "The record is no product event: something else writes to the topic, or a newer version did.",
    "unsigned": (
        "The record has no signature of ours: another tool writes to the topic, or it lay there before an upgrade. "
        "Look at what it says; redriving vouches for it. For the time of an upgrade: M2T_EVENT_SIGNATURES."
    ),
    "wrong_signature": (
        "The record was changed on its way, written by somebody without our key, or signed with an earlier or a newer "
        "key than the consumer has. Find out who can write to the topic; only then redrive, which vouches for it."
    ),
    "unknown_shop": "The event is of a shop that is not connected. Connect it, then redrive.",
    "intake_failed": "Handling the event failed. After an update of this software it may go through: redrive.",
    "exhausted": "The listing failed ten times while other calls of its shop succeeded. Its product page says why.",
}
"""By reason: what it means, and what to do."""


@pages.get("/dead-letters")
def index() -> Any:
    """Those that nobody has settled, by reason."""
    if (wanted := asked_format()) is not None:
        with desk().database.read() as connection:
            letters = dead_letters.page(connection, limit=MOST_ROWS)
        return as_file(wanted, "dead-letters", COLUMNS, [_plain(one) for one in letters])
    with desk().database.read() as connection:
        found = dead_letters.groups(connection)
        running = [one for one in jobs.latest(connection, redriving.KIND, 5) if not one.state.ended]
    return render_template(
        "dead_letters/index.html",
        groups=found,
        total=sum(one.number for one in found),
        most=MOST_COUNTED,
        meanings=MEANINGS,
        running=running,
        topic=desk().kafka.dead_letters_topic,
    )


@pages.get("/dead-letters/reason/<reason>")
def group(reason: str) -> Any:
    """The letters of one reason, and what redriving the next of them would do."""
    before = request.args.get("before", type=row_id)
    with desk().database.read() as connection:
        letters = dead_letters.page(connection, limit=A_PAGE + 1, reason=reason, before=before)
        governing = shop_switch.governing()
        first = dead_letters.next_open(
            connection, reason, after=0, up_to=dead_letters.newest_id(connection), limit=LOOKED_AT
        )
        prospects = [prospect(connection, one, governing, desk().clock()) for one in first]
        number = next((one.number for one in dead_letters.groups(connection) if one.reason == reason), 0)
    return render_template(
        "dead_letters/group.html",
        reason=reason,
        meaning=MEANINGS.get(reason, ""),
        letters=letters[:A_PAGE],
        older=letters[A_PAGE - 1].id if len(letters) > A_PAGE else None,
        prospects=prospects,
        number=number,
        most=MOST_COUNTED,
        rate=redriving.USUAL_RATE,
    )


@pages.get("/dead-letters/<int:letter_id>")
def show(letter_id: int) -> Any:
    """One letter, whole."""
    return _page(_letter(letter_id), {}, None)


@pages.post("/dead-letters/reason/<reason>/redrive")
def redrive(reason: str) -> Any:
    """All of one reason, as a job."""
    with desk().database.read() as connection:
        up_to = dead_letters.newest_id(connection)
        number = next((one.number for one in dead_letters.groups(connection) if one.reason == reason), 0)
    if not number:
        flash("There is none of this reason any more.", "info")
        return redirect(url_for("dead_letters.index"), 303)
    rate = request.form.get("rate", redriving.USUAL_RATE, type=int)
    total = number if number < MOST_COUNTED else None
    job_id = job_runner.ask(
        redriving.KIND, {"reason": reason, "up_to": up_to, "rate": rate, "total": total}, author()
    )
    return redirect(url_for("jobs.show", job_id=job_id), 303)


@pages.post("/dead-letters/<int:letter_id>/redrive")
def redrive_one(letter_id: int) -> Any:
    """This one, as it is or as it was edited."""
    letter = _letter(letter_id)
    if letter.origin_topic == OF_A_LISTING:
        return redirect(url_for("products.show", product_id=letter.origin_offset), 303)
    edited = request.form.get("value")
    redriver = Redriver(desk().kafka.connection, desk().kafka.events_topic, desk().signatures)
    try:
        redriver.send([as_event(letter, None if edited is None else edited.encode())])
    except Refused as refused:
        return _page(letter, {"value": [f"{refused} {refused.next_step}"]}, edited), 422
    finally:
        redriver.close()
    with desk().database.write() as connection:
        settled(connection, [letter], by=author(), now=desk().clock())
    flash("It is on its topic again, and is decided anew in a moment.", "success")
    return redirect(url_for("dead_letters.group", reason=letter.reason), 303)


@pages.post("/dead-letters/<int:letter_id>/discard")
def discard(letter_id: int) -> Any:
    """Nobody will try it again; the row stays, with the note."""
    letter, note = _letter(letter_id), request.form.get("note", "").strip()[:500]
    if not note:
        return _page(letter, {"note": ["Say why it is discarded."]}, None), 422
    with desk().database.write() as connection:
        dead_letters.settle(connection, [letter.id], DISCARDED, by=author(), note=note, now=desk().clock())
    flash("It is discarded; the row stays, with your note.", "success")
    return redirect(url_for("dead_letters.index"), 303)


def _page(letter: DeadLetter, errors: dict[str, list[str]], edited: str | None) -> str:
    with desk().database.read() as connection:
        told = prospect(connection, letter, shop_switch.governing(), desk().clock())
    value = (letter.value or b"").decode(errors="replace")
    return render_template(
        "dead_letters/show.html",
        letter=letter,
        meaning=MEANINGS.get(letter.reason, ""),
        prospect=told,
        value=masked(value) if edited is None else edited,
        headers=[(name, raw.decode(errors="replace")) for name, raw in letter.headers],
        errors=errors,
        of_a_listing=letter.origin_topic == OF_A_LISTING,
        editable=masked(value) == value,
    )


def _letter(letter_id: int) -> DeadLetter:
    with desk().database.read() as connection:
        return dead_letters.get(connection, letter_id) or abort(
            404, "There is no dead letter of this number."
        )


def _plain(letter: DeadLetter) -> dict[str, Any]:
    key = (letter.key or b"").decode(errors="replace")
    return {**{name: getattr(letter, name) for name in COLUMNS}, "key": key}
