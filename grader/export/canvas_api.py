"""Comments in Canvas, which its gradebook file cannot carry: one request for each student over its web interface.

The access token goes to the one host that was named and to no other, over TLS; redirects are not followed. A comment
that stands there already is not added again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from grader.errors import CanvasRefused
from grader.export.filling import one_exercise, with_number
from grader.export.job import Export, Job, LeftOut
from grader.model.mark import Mark

TIMEOUT_S = 30.0
LONGEST_BYTES = 4 << 20
TRIES = 4
_ADDRESS = re.compile(
    r"(?P<host>https://[^/\s?#@]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?)"
    r"/courses/(?P<course>\d+)/assignments/(?P<assignment>\d+)/?"
)


@dataclass(frozen=True)
class Assignment:
    """One assignment in one Canvas. ``host`` begins with ``https://``, or with ``http://`` on this machine."""

    host: str
    course: str
    assignment: str

    def submission(self, user: str) -> str:
        """The address of a student's submission."""
        course = f"{self.host}/api/v1/courses/{self.course}"
        return f"{course}/assignments/{self.assignment}/submissions/{quote(user, safe=':')}"


def assignment_at(address: str) -> Assignment:
    """The assignment whose page has this address.

    Raises:
        CanvasRefused: It is not the address of an assignment.
    """
    match = _ADDRESS.fullmatch(address.strip())
    if not match:
        raise CanvasRefused(
            f"{address!r} is not the address of an assignment in Canvas.",
            "Copy it from the browser, like https://canvas.example.edu/courses/12/assignments/4711",
        )
    return Assignment(match["host"], match["course"], match["assignment"])


def send_comments(
    job: Job, assignment: Assignment, token: str, *, dry: bool, sleep: Callable[[float], None] = time.sleep
) -> Export:
    """Add each student's comment to the submission; with ``dry`` only tell to whom. One failure stops no other.

    Raises:
        CanvasRefused: Canvas cannot be reached, or does not take the token.
    """
    one_exercise(job.marks)
    given, left_out = with_number(job.marks)
    opener = _opener(assignment.host)
    written, notes = [], []
    for mark, _ in given:
        user, feedback = _user(mark), job.feedback(mark)
        if user is None or feedback is None:
            why = "the number in Canvas is not known" if user is None else "there is nothing to say"
            left_out.append(LeftOut(mark.student, why))
            continue
        if dry:
            written.append(mark.student)
            continue
        client = _Client(opener, token, sleep)
        try:
            if _says(
                client.ask("GET", assignment.submission(user) + "?include[]=submission_comments"), feedback.comment
            ):
                notes.append(f"{mark.student} has this comment already.")
            else:
                client.ask("PUT", assignment.submission(user), {"comment[text_comment]": feedback.comment})
            written.append(mark.student)
        except _Refused as refused:
            left_out.append(LeftOut(mark.student, f"Canvas answered: {refused}"))
    return Export(None, tuple(written), tuple(left_out), notes=tuple(notes))


def _user(mark: Mark) -> str | None:
    if number := mark.identifiers.get("canvas_id"):
        return number
    for kind, prefix in (("student_id", "sis_user_id"), ("login", "sis_login_id")):
        if value := mark.identifiers.get(kind):
            return f"{prefix}:{value}"
    return None


def _says(submission: Any, comment: str) -> bool:
    comments = submission.get("submission_comments") if isinstance(submission, dict) else None
    told = [each.get("comment") for each in comments if isinstance(each, dict)] if isinstance(comments, list) else []
    return any(isinstance(text, str) and text.split() == comment.split() for text in told)


def _opener(host: str) -> OpenerDirector:
    """No redirects; and no proxy to this machine, to which nothing is encrypted."""
    return build_opener(_NoRedirects(), *([] if host.startswith("https:") else [ProxyHandler({})]))


class _Refused(Exception):
    """Canvas does not take what concerns one student; the message says what it answered."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect is an answer like any other: following it would carry the token elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        """None means: do not."""


@dataclass(frozen=True)
class _Client:
    opener: OpenerDirector
    token: str
    sleep: Callable[[float], None]

    def ask(self, method: str, address: str, form: dict[str, str] | None = None) -> Any:
        """The answer as parsed JSON; when Canvas is busy, asked again a little later."""
        body = urlencode(form).encode() if form else None
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        request = Request(address, body, headers, method=method)  # noqa: S310  https or this machine, see _ADDRESS
        for tried in range(TRIES):
            try:
                with self.opener.open(request, timeout=TIMEOUT_S) as answer:
                    return json.loads(answer.read(LONGEST_BYTES) or b"null")
            except HTTPError as error:
                error.close()
                if error.code == 401:
                    raise CanvasRefused(
                        "Canvas does not take the token.", "Make a new one in Canvas: Account, Settings."
                    ) from error
                if error.code not in (429, 502, 503, 504) or tried == TRIES - 1:
                    raise _Refused(f"{error.code} {error.reason}") from error
                self.sleep(2.0**tried)
            except ValueError as error:
                raise _Refused("what is not JSON") from error
            except (URLError, HTTPException, OSError) as error:
                raise CanvasRefused(
                    f"Canvas cannot be reached: {getattr(error, 'reason', error)}",
                    "Comments sent so far are kept; the same command sends the others.",
                ) from error
        raise _Refused("nothing")
