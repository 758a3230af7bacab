"""Codio, Coursera, CodeGrade, Submitty and xqueue: what they are given, against what they take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tomllib
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from grader.errors import BrokenSettings
from grader.model.grade import Grade, Status
from grader.model.result import Verdict
from grader.platforms import platforms
from grader.platforms.documents import FILES
from grader.platforms.seam import Delivery, Failure, Host, Place
from grader.testing import a_check, a_grade
from tests.platforms.actions_runner import obeyed

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SUBMITTY_DATA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "message", "status"],
    "properties": {
        "score": _SHARE,
        "message": {"type": "string"},
        "status": {"enum": ["information", "failure", "warning", "success"]},
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "codio": {
        "additionalProperties": False,
        "required": ["percent", "format", "feedback"],
        "properties": {
            "percent": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 100}, {"type": "null"}]},
            "format": {"const": "md"},
            "feedback": {"type": "string", "maxLength": 900_000},
        },
    },
    "coursera": {
        "additionalProperties": False,
        "required": ["fractionalScore", "feedback"],
        "properties": {"fractionalScore": _SHARE, "feedback": {"type": "string", "minLength": 1}},
    },
    "codegrade": {
        "additionalProperties": False,
        "required": ["tag", "points"],
        "properties": {"tag": {"const": "points"}, "points": {"type": "string", "pattern": r"^\d+/[1-9]\d*$"}},
    },
    "submitty": {
        "oneOf": [
            {
                "additionalProperties": False,
                "required": ["status", "data"],
                "properties": {"status": {"const": "success"}, "data": _SUBMITTY_DATA},
            },
            {
                "additionalProperties": False,
                "required": ["status", "message"],
                "properties": {"status": {"const": "failure"}, "message": {"type": "string"}},
            },
        ]
    },
    "xqueue": {
        "additionalProperties": False,
        "required": ["correct", "score", "msg"],
        "properties": {"correct": {"type": "boolean"}, "score": _SHARE, "msg": {"type": "string"}},
    },
}
HOSTS = sorted(SCHEMAS)


def opened(name: str, root: Path) -> Host:
    """The host at a folder in which a program was handed in."""
    for folder in ("submission", "test01"):
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "my_script.py").write_text("x = 1\n")
    (root / "my_script.py").write_text("x = 1\n")
    (root / "custom_validator_input.json").write_text('{"testcase_prefix": "test01"}')
    (root / "settings.toml").write_text('exercise = "word_count"\n')
    return platforms().get(name)().open(Place(root, {}, root / "settings.toml"))


def told(name: str, delivery: Delivery) -> dict[str, Any] | None:
    """The object that the host reads, checked; None if it is told nothing."""
    objects = [one.text for one in delivery.documents if one.text.startswith("{")]
    if not objects:
        return None
    assert len(set(objects)) == 1
    data: dict[str, Any] = json.loads(objects[0])
    jsonschema.validate(data, {"type": "object", **SCHEMAS[name]})
    return data


def share(name: str, data: dict[str, Any] | None) -> float | None:
    """The part of the points, of 1; None where no points are told."""
    match name, data:
        case _, None:
            return None
        case "codio", {"percent": percent}:
            return None if percent is None else percent / 100
        case "coursera", {"fractionalScore": score}:
            return float(score)
        case "codegrade", {"points": points}:
            score, most = points.split("/")
            return int(score) / int(most)
        case "submitty", {"data": {"score": score}}:
            return float(score)
        case "xqueue", {"score": score}:
            return float(score)
    return None


@pytest.mark.parametrize("name", HOSTS)
def test_every_stored_grade_is_taken(name: str, sample: Grade, tmp_path: Path) -> None:
    delivery = opened(name, tmp_path).results(sample)

    got = share(name, told(name, delivery))
    if sample.status is Status.NOT_GRADED:
        assert not got
    else:
        assert got == pytest.approx(float(sample.score / sample.max_score), abs=0.01)
        assert delivery.exit_code == 0


@pytest.mark.parametrize("name", HOSTS)
def test_almost_all_points_are_not_all(name: str, tmp_path: Path) -> None:
    nearly = a_check("counts", Verdict.PARTIAL, points=Decimal("2.999"), max_points=3)

    got = share(name, told(name, opened(name, tmp_path).results(a_grade([nearly]))))

    assert got is not None
    assert 0.9 < got < 1


@pytest.mark.parametrize("name", HOSTS)
def test_what_could_not_be_judged_costs_nothing(name: str, tmp_path: Path) -> None:
    grade = a_grade([a_check(), a_check("speedup", Verdict.INCONCLUSIVE)])

    assert share(name, told(name, opened(name, tmp_path).results(grade))) == 1


@pytest.mark.parametrize("name", HOSTS)
def test_an_exercise_without_points_is_no_full_score(name: str, tmp_path: Path) -> None:
    grade = a_grade([a_check(max_points=0)], score=Decimal(0))

    assert share(name, told(name, opened(name, tmp_path).results(grade))) == 0


@pytest.mark.parametrize("name", HOSTS)
def test_no_grade_is_a_fault_of_ours(name: str, tmp_path: Path) -> None:
    for outcome in (a_grade(status=Status.NOT_GRADED, score=None), Failure("No sandbox.", "Look.")):
        delivery = opened(name, tmp_path).results(outcome)

        data = told(name, delivery)
        assert not share(name, data)
        assert delivery.exit_code == 3 or (data or {}).get("status") == "failure"


@pytest.mark.parametrize("name", HOSTS)
def test_what_the_student_can_mend_gives_no_points_and_says_what(name: str, tmp_path: Path) -> None:
    delivery = opened(name, tmp_path).results(Failure("Two programs.", "Hand in one.", by_student=True))

    assert share(name, told(name, delivery)) == 0
    assert any("Hand in one" in one.text for one in delivery.documents)
    assert delivery.exit_code == 0


# attacks: 87
@pytest.mark.parametrize("name", HOSTS)
def test_the_meanest_texts_forge_nothing(name: str, mean_grade: Grade, tmp_path: Path) -> None:
    delivery = opened(name, tmp_path).results(mean_grade)

    assert share(name, told(name, delivery)) == 0.5
    for document in delivery.documents:
        document.text.encode()
        assert "\x1b" not in document.text
        assert obeyed(document.text) == []


def test_the_message_of_xqueue_is_one_element(mean_grade: Grade, tmp_path: Path) -> None:
    data = told("xqueue", opened("xqueue", tmp_path).results(mean_grade))

    assert data is not None
    (pre,) = ET.fromstring(data["msg"])
    assert list(pre) == []


@pytest.mark.parametrize("name", HOSTS)
def test_the_program_and_the_settings_are_found(name: str, tmp_path: Path) -> None:
    job = opened(name, tmp_path).job()

    assert job.file.name == "my_script.py"
    assert job.settings.exercise == "word_count"
    assert job.settings.graded


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"testcase_prefix": 1}', "[" * 100_000])
def test_submitty_has_to_say_where_the_files_are(text: str, tmp_path: Path) -> None:
    host = opened("submitty", tmp_path)
    (tmp_path / "custom_validator_input.json").write_text(text)

    with pytest.raises(BrokenSettings, match="custom_validator_input"):
        host.job()


def test_before_anything_is_graded_submitty_finds_a_fault(tmp_path: Path) -> None:
    assert told("submitty", opened("submitty", tmp_path).first()) == {
        "status": "failure",
        "message": "The grading was cut off.",
    }


@pytest.fixture
def grade_command(tmp_path: Path) -> Path:
    """A folder with a ``grade`` that notes its call, prints what ``answer`` holds and ends with what ``code`` holds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "grade"
    script.write_text(
        f'#!/bin/sh\necho "$@" > {folder}/arguments\nenv > {folder}/environment\n'
        f'[ ! -d "$5" ] || cp -r "$5" {folder}/root\ncat {folder}/answer\nexit $(cat {folder}/code)\n'
    )
    script.chmod(0o755)
    (folder / "code").write_text("0")
    (folder / "answer").write_text('{"percent": 85, "format": "md", "feedback": "**Good** & more"}')
    return folder


def run(script: Path, bin_folder: Path, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(bin_folder), os.defpath])
    return subprocess.run(
        [sys.executable, str(script)],
        env={"PATH": path, "no_proxy": "*", **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """An address, and the forms that were sent to it."""
    forms: list[dict[str, list[str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            forms.append(urllib.parse.parse_qs(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/points?token=secret", forms
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ASSESS = FILES / "codio" / "assess.py"
REPLY = FILES / "xqueue" / "reply.py"


@pytest.mark.parametrize(
    ("variable", "field"), [("CODIO_PARTIAL_POINTS_V2_URL", "points"), ("CODIO_AUTOGRADE_V2_URL", "grade")]
)
def test_the_percentage_is_sent_to_codio_and_the_address_to_nobody(
    variable: str, field: str, grade_command: Path
) -> None:
    with listening() as (address, forms):
        done = run(ASSESS, grade_command, **{variable: address})

    assert done.returncode == 0, done.stderr
    assert forms == [{field: ["85"], "format": ["md"], "feedback": ["**Good** & more"]}]
    assert "secret" not in (grade_command / "environment").read_text()
    assert (grade_command / "arguments").read_text().startswith("platform codio run --settings ")


@pytest.mark.parametrize("answer", ['{"percent": null, "format": "md", "feedback": "Not graded."}', "", "{}", "[]"])
def test_without_a_grade_nothing_is_sent_to_codio(answer: str, grade_command: Path) -> None:
    (grade_command / "answer").write_text(answer)

    with listening() as (address, forms):
        done = run(ASSESS, grade_command, CODIO_AUTOGRADE_V2_URL=address)

    assert (done.returncode, forms) == (1, [])
    assert done.stdout
    assert "Traceback" not in done.stderr


def test_codio_without_an_address_or_an_answer_is_told(grade_command: Path) -> None:
    addresses = ("http://127.0.0.1:9/", "codio", "http://[", "http://a b/")
    for environment in ({}, *({"CODIO_AUTOGRADE_V2_URL": address} for address in addresses)):
        done = run(ASSESS, grade_command, **environment)

        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout


def test_the_body_of_a_message_of_xqueue_becomes_a_folder(grade_command: Path) -> None:
    payload = json.dumps({"exercise": 'ünit"\n= 1 😀', "other": 1})
    body = json.dumps({"student_response": "print('ä')\n", "grader_payload": payload, "student_info": "{}"})
    (grade_command / "answer").write_text('{"correct": true}')

    done = run(REPLY, grade_command, body)

    assert (done.returncode, done.stdout) == (0, '{"correct": true}')
    assert (grade_command / "root" / "submission" / "answer.py").read_text("utf-8") == "print('ä')\n"
    settings = tomllib.loads((grade_command / "root" / "pargrade.toml").read_text("utf-8"))
    assert settings == {"exercise": 'ünit"\n= 1 😀'}


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"student_response": 1}', '{"student_response": "", "grader_payload": "[]"}']
)
def test_what_is_no_message_of_xqueue_is_refused(body: str, grade_command: Path) -> None:
    done = run(REPLY, grade_command, body)

    assert done.returncode == 2
    assert done.stderr == "This is no body of a message of xqueue.\n"
    assert not (grade_command / "arguments").exists()
