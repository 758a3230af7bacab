from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest

from grader.errors import BrokenReceipt
from grader.model.grade import Grade
from grader.report.json import dump, load, parse
from grader.testing import a_check, a_grade
from tests.reports.conftest import SAMPLES


def test_a_receipt_is_read_back_as_the_same_grade(sample: Grade) -> None:
    again = parse(dump(sample))

    assert again == sample


def test_points_are_numbers_and_the_schema_has_its_plain_name() -> None:
    data = json.loads(dump(a_grade([a_check(max_points=3)])))

    assert data["schema"] == "pargrade/report/v1"
    assert (data["score"], data["checks"][0]["points"]) == (3, 3)


def test_the_time_is_written_in_utc_with_a_z() -> None:
    in_berlin = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))

    data = json.loads(dump(a_grade(graded_at=in_berlin)))

    assert data["graded_at"] == "2026-01-31T12:00:00Z"


def test_invisible_text_is_escaped_and_yet_read_back_unchanged() -> None:
    headline = "\x1b[31m \u202e \u200b \ud800 \U000e0041 \x9b"

    text = dump(a_grade([a_check(headline=headline)]))

    assert r"\u001b[31m \u202e \u200b \ud800 \udb40\udc41 \u009b" in text
    assert parse(text).checks[0].headline == headline


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("no", "not JSON"),
        ("[]", "not an object"),
        ("{}", "no schema"),
        ('{"schema": "other/v1"}', "'other/v1'"),
        ('{"schema": "pargrade/report/v1"}', "exercise"),
        ('{"schema": "pargrade/report/v2"}', "newer version"),
        (f'{{"schema": "pargrade/report/v{"9" * 5_000}"}}', "instead of"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_receipt_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(BrokenReceipt) as caught:
        parse(text, "old.json")

    assert "old.json" in caught.value.message
    assert said in caught.value.message


def test_a_receipt_cut_off_anywhere_is_said_to_be_cut_off() -> None:
    text = dump(a_grade()).rstrip()

    for length in range(1, len(text) - 1, 97):
        with pytest.raises(BrokenReceipt):
            parse(text[:length])
    with pytest.raises(BrokenReceipt, match="cut off"):
        parse(text[: len(text) // 2])


def test_an_unknown_verdict_is_named_with_its_place() -> None:
    text = dump(a_grade()).replace('"passed"', '"great"')

    with pytest.raises(BrokenReceipt, match=r"checks\.0\.verdict"):
        parse(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenReceipt, match=r"no receipt .*gone\.json"):
        load(tmp_path / "gone.json")


def test_a_binary_file_is_no_receipt(tmp_path: Path) -> None:
    (tmp_path / "image.json").write_bytes(b"\x89PNG\xff")

    with pytest.raises(BrokenReceipt, match="UTF-8"):
        load(tmp_path / "image.json")


def test_a_folder_is_no_receipt(tmp_path: Path) -> None:
    with pytest.raises(BrokenReceipt, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"score": "1E+999999"},
        {"score": "1e400"},
        {"max_score": "1E-999999"},
        {"graded_at": "0001-01-01T00:00:00+14:00"},
        {"graded_at": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_numbers_and_times_that_nobody_could_write_down_are_refused(changed: dict[str, str]) -> None:
    receipt = json.loads(dump(a_grade())) | changed

    with pytest.raises(BrokenReceipt, match=next(iter(changed))):
        parse(json.dumps(receipt))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("wall", "program_s"), []),
        (("wall", "program_s"), [0.0, 1.0]),
        (("curves", 0, "points", 0, "chunksize"), 0),
    ],
)
def test_measurements_that_nobody_could_draw_are_refused(place: tuple[Any, ...], wrong: object) -> None:
    receipt = json.loads((SAMPLES / "several_failures.json").read_text())
    *above, last = place
    changed = reduce(getitem, above, receipt["timing"]["speed"])
    changed[last] = wrong

    with pytest.raises(BrokenReceipt, match=r"timing\.speed"):
        parse(json.dumps(receipt))


@pytest.mark.parametrize("name", ["a\0b", "a" * 5_000])
def test_a_name_that_no_file_can_have_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenReceipt):
        load(tmp_path / name)


def test_what_has_no_end_is_no_receipt() -> None:
    with pytest.raises(BrokenReceipt, match="more than 64 MB"):
        load(Path("/dev/zero"))
