"""``grade batch --status DIR``: how far a batch is, for whoever did not start it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.opening import opened
from grader.cli.screen import console_on, is_fancy, say
from grader.errors import printable

if TYPE_CHECKING:
    from grader.batch.gradebook import Gradebook
    from grader.batch.records import Progress

_EVERY_S = 1.0
_NAMED = 6


def show_status(out: Path, gradebook: str | None) -> int:
    """Say how far it is; on a terminal again and again until it ends."""
    from grader.batch.places import is_held

    book = opened(out, gradebook)
    try:
        if not is_fancy(sys.stdout):
            say(status(book, out, is_held(out), datetime.now(UTC)))
            return 0
        from rich.live import Live
        from rich.text import Text

        with Live(console=console_on(sys.stdout), refresh_per_second=2) as live:
            while True:
                runs = is_held(out)
                live.update(Text(status(book, out, runs, datetime.now(UTC))))
                if not runs:
                    return 0
                time.sleep(_EVERY_S)
    finally:
        book.close()


def status(book: Gradebook, out: Path, runs: bool, now: datetime) -> str:
    """How far the last batch is, in a few lines."""
    progress = book.last_batch()
    if progress is None:
        return f"{out}: no submission was graded yet."
    lines = [f"{out}: {progress.done} of {progress.total} done, {progress.failed} errored{_pace(progress, now, runs)}"]
    if runs and progress.running:
        shown = ", ".join(printable(name) for name in progress.running[:_NAMED])
        more = len(progress.running) - _NAMED
        lines.append(f"  running: {shown}{f' and {more} more' if more > 0 else ''}")
    where = f"on {printable(progress.host)} (process {progress.pid})"
    lines.append(f"  begun {_clock(progress.started_at)} {where}{_end(progress, runs)}")
    lines += _of_all(book, out)
    return "\n".join(lines)


def _of_all(book: Gradebook, out: Path) -> list[str]:
    """How many of all submissions have a grade: a batch that goes on counts only what is left for it."""
    from grader.batch.places import exercise_in
    from grader.batch.task import ERRORED
    from grader.model.grade import Status

    exercise = exercise_in(out)
    if exercise is None:
        return []
    handed_in = {found.student for found in book.found(exercise) if found.state == "handed_in"}
    outcomes = [entry.outcome for entry in book.entries(exercise, receipts=False) if entry.work.student in handed_in]
    graded = sum(outcome != ERRORED for outcome in outcomes)
    review = outcomes.count(Status.NEEDS_REVIEW)
    return [f"  in all: {graded} of {len(handed_in)} graded{f', {review} of them to review' if review else ''}"]


def _pace(progress: Progress, now: datetime, runs: bool) -> str:
    elapsed_s = ((now if runs else progress.updated_at) - progress.started_at).total_seconds()
    rate, *left = pace(progress.done, progress.total, elapsed_s) or [""]
    return "".join(f", {words}" for words in (rate, *(left if runs else [])) if words)


def pace(done: int, total: int, elapsed_s: float) -> list[str]:
    """``9.1 a minute`` and, while something is left, ``about 4 min left``; nothing before the first is done."""
    if not done or elapsed_s <= 0:
        return []
    rate = f"{done / elapsed_s * 60:.1f} a minute"
    if done >= total:
        return [rate]
    minutes = (total - done) * elapsed_s / done / 60
    return [rate, f"about {minutes:.0f} min left" if minutes >= 1 else "under a minute left"]


def _end(progress: Progress, runs: bool) -> str:
    if progress.ended_at is not None:
        return f", ended {_clock(progress.ended_at)}"
    if runs:
        return ", at work"
    return f", stopped {_clock(progress.updated_at)} before its end; the same command goes on"


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
