"""Open edX's xqueue: the reply to one submission, as one JSON object on the standard output.

Source: ``docs/grader-interface.md`` and ``client.py`` of openedx/xqueue-watcher. ``correct`` is a boolean, ``score`` a
share of 1, ``msg`` HTML of one well-formed element. ``reply.py`` makes the folder from the body of a queue's message.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from grader.model.grade import Status
from grader.platforms.documents import FILES, as_json, in_words
from grader.platforms.handed_in import the_program
from grader.platforms.seam import (
    BelowRoot,
    Delivery,
    Document,
    Failure,
    Job,
    Order,
    Outcome,
    Part,
    Parts,
    Platform,
)
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.platforms.whole_points import Points, whole_score
from grader.report import formats
from grader.report.visible import escape_hidden


@dataclass(frozen=True)
class XQueue(BelowRoot):
    """One message of a queue. ``root`` is a folder with ``submission`` and the settings."""

    def first(self) -> Delivery:
        """Nothing: a watcher that gets no reply does not take the message off the queue."""
        return Delivery(exit_code=3)

    def job(self) -> Job:
        """The one program in ``submission``."""
        settings = read_settings(self.place.settings or self.root / FILE_NAME, Settings)
        return Job(the_program(self.root / "submission", settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The reply. Without a grade it is for the learner to read, and the exit code says not to send it."""
        if isinstance(outcome, Failure):
            return _reply(Points(0, 1), in_words(outcome), 0 if outcome.by_student else 3)
        graded = outcome.status is not Status.NOT_GRADED
        points = whole_score(outcome) if graded else Points(0, 1)
        return _reply(points, formats().get("terminal")(outcome), 0 if graded else 3)


def _reply(points: Points, text: str, exit_code: int) -> Delivery:
    data = {
        "correct": points.share == 1,
        "score": points.share,
        "msg": f"<div><pre>{escape(escape_hidden(text))}</pre></div>",
    }
    return Delivery((Document(as_json(data)),), exit_code)


def build(order: Order) -> Parts:
    """A program that makes a reply of the body of a message."""
    return {
        "reply.py": Part((FILES / "xqueue" / "reply.py").read_bytes(), executable=True),
        **{f"exercises/{name}": Part(data) for name, data in order.exercise_files.items()},
    }


PLATFORM = Platform("xqueue", "Open edX (xqueue)", XQueue, build, quiet=True)
