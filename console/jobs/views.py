"""A job's page: its progress, its result, and a button to stop it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from console.web import audit
from console.web.context import console_context
from console.web.job_runner import LASTING, runner
from records.jobs import jobs
from records.jobs.jobs import Job

pages = Blueprint("jobs", __name__)

TITLES = {
    "count_due": "Counting affected listings",
    "count_matching": "Counting matching products",
    "discard": "Discarding dead letters",
    "look_again": "Checking listings again",
    "redrive": "Redriving dead letters",
    "simulate": "Simulating a draft",
}


@pages.get("/jobs/<int:job_id>")
def show(job_id: int) -> ResponseReturnValue:
    """Show the job's progress and result."""
    job = _job(job_id)
    if not job.state.ended:
        runner().wake()
    lasts = job.kind in LASTING
    return render_template("jobs/show.html", job=job, title=TITLES.get(job.kind, job.kind), lasts=lasts)


@pages.post("/jobs/<int:job_id>/stop")
def stop(job_id: int) -> ResponseReturnValue:
    """Ask the job to stop at its next step. What it has done stays done."""
    job = _job(job_id)
    if job.kind in LASTING:
        abort(
            422,
            "This job can't be stopped: the saved rules are already in force, and TikTok must be brought in line.",
        )
    with console_context().database.write() as connection:
        jobs.ask_stop(connection, job_id, now=console_context().clock())
    audit.record(f"job {job_id}, {job.kind}", job.state.value, "asked to stop")
    flash("The job stops after its current step.", "info")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _job(job_id: int) -> Job:
    with console_context().database.read() as connection:
        return jobs.get(connection, job_id) or abort(404, "There is no such job.")
