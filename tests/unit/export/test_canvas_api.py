"""Comments in Canvas, sent to a small simulator on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from grader.errors import CanvasRefused
from grader.export.canvas_api import assignment_at, send_comments
from grader.export.job import Export, Job
from tests.unit.export.builders import a_mark, feedback, without_number

PATH = "/api/v1/courses/12/assignments/4711/submissions/"


class Canvas(ThreadingHTTPServer):
    """Submissions with their comments; ``answers`` are statuses to give before, by user."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments: dict[str, list[str]] = {}
        self.answers: dict[str, list[int]] = {}
        self.requests: list[tuple[str, str]] = []
        self.tokens: set[str] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/courses/12/assignments/4711"


class Handler(BaseHTTPRequestHandler):
    server: Canvas

    def _answer(self, status: int, body: Any = None) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        content = json.dumps(body).encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _user(self) -> str | None:
        user = unquote(urlsplit(self.path).path).removeprefix(PATH)
        self.server.requests.append((self.command, user))
        self.server.tokens.add(self.headers["Authorization"])
        if waiting := self.server.answers.get(user):
            self._answer(waiting.pop(0))
            return None
        return user

    def do_GET(self) -> None:
        if (user := self._user()) is not None:
            told = [{"comment": text} for text in self.server.comments.get(user, [])]
            self._answer(200, {"submission_comments": told})

    def do_PUT(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if (user := self._user()) is not None:
            assert list(body) == ["comment[text_comment]"]
            self.server.comments.setdefault(user, []).append(body["comment[text_comment]"][0])
            self._answer(200, {})

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    with Canvas() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


ANN = a_mark("ann", identifiers={"canvas_id": "11"})
BOB = a_mark("bob", identifiers={"login": "bob@x.org"})


def send(canvas: Canvas, *marks: object, dry: bool = False) -> Export:
    job = Job(marks, feedback=feedback)  # type: ignore[arg-type]
    return send_comments(job, assignment_at(canvas.address), "secret", dry=dry, sleep=lambda _: None)


def test_each_student_gets_the_comment_once(canvas: Canvas) -> None:
    first = send(canvas, ANN, BOB)
    again = send(canvas, ANN, BOB)

    assert canvas.comments == {"11": [feedback(ANN).comment], "sis_login_id:bob@x.org": [feedback(BOB).comment]}
    assert first.written == again.written == ("ann", "bob")
    assert again.notes == ("ann has this comment already.", "bob has this comment already.")
    assert canvas.tokens == {"Bearer secret"}


def test_nothing_is_asked_or_sent_without_being_told_to(canvas: Canvas) -> None:
    assert send(canvas, ANN, dry=True).written == ("ann",)
    assert canvas.requests == []


def test_who_has_no_number_gets_no_comment(canvas: Canvas) -> None:
    done = send(canvas, without_number("ann", "needs_review", identifiers={"canvas_id": "11"}))

    assert canvas.requests == []
    assert done.left_out[0].student == "ann"


def test_a_busy_canvas_is_asked_again(canvas: Canvas) -> None:
    canvas.answers["11"] = [429, 503]

    assert send(canvas, ANN).written == ("ann",)


@pytest.mark.parametrize("status", [302, 403, 404])
def test_what_fails_for_one_student_stops_no_other(canvas: Canvas, status: int) -> None:
    canvas.answers["11"] = [status]

    done = send(canvas, ANN, BOB)

    assert done.written == ("bob",)
    assert str(status) in done.left_out[0].why
    assert {user for _, user in canvas.requests} == {"11", "sis_login_id:bob@x.org"}  # no redirect was followed


def test_a_refused_token_ends_it(canvas: Canvas) -> None:
    canvas.answers["11"] = [401]

    with pytest.raises(CanvasRefused, match="token"):
        send(canvas, ANN, BOB)


def test_a_canvas_that_is_not_there_is_told(canvas: Canvas) -> None:
    nowhere = assignment_at("http://127.0.0.1:9/courses/12/assignments/4711")

    with pytest.raises(CanvasRefused, match="cannot be reached"):
        send_comments(Job((ANN,), feedback=feedback), nowhere, "secret", dry=False)


@pytest.mark.parametrize(
    "address",
    [
        "http://canvas.example.edu/courses/12/assignments/4711",
        "https://canvas.example.edu/courses/12",
        "https://user@canvas.example.edu/courses/12/assignments/4711",
        "https://canvas.example.edu/courses/12/assignments/4711/../..",
        "http://127.0.0.1.example.edu/courses/12/assignments/4711",
        "file:///courses/12/assignments/4711",
    ],
)
def test_the_token_goes_over_tls_to_an_assignment_only(address: str) -> None:
    with pytest.raises(CanvasRefused):
        assignment_at(address)
