"""A dry run tells whom a batch would grade, what it refuses and why, and who is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from grader.batch.dry_run import Outlook, in_words, lateness, summary
from grader.batch.handin import HandIn, Intake, Refused
from grader.batch.plan import Plan
from grader.batch.records import Student, Terms
from grader.model.exercise import LateSpec

ADA = Student("moodle-1", "Ada Lovelace", {"email": "ada@example.org"})
HAND_IN = HandIn(
    ADA,
    "my_script.py",
    "class.zip: Ada Lovelace_1_assignsubmission_file/my_script.py",
    "0" * 64,
    dict,
    submitted_at=datetime(2026, 11, 23, 17, 5, tzinfo=UTC),
    late=True,
    earlier=("class.zip: older.py",),
)


def test_all_is_told() -> None:
    intake = Intake(
        "Moodle",
        (HAND_IN, HandIn(Student("李小龍", "李小龍"), "b.py", "b.py", "0" * 64, dict)),
        (Refused("class.zip: evil\x1b.py", "it is a link", Student("moodle-2", "Eve")), Refused("x", "why")),
        (Student("cyd", "Cyd"),),
        ("eve is not in the roster",),
    )

    assert in_words(intake).split("\n") == [
        "2 submissions to grade, 2 refused, 1 missing. Layout: Moodle.",
        "",
        "Would be graded:",
        "  moodle-1  Ada Lovelace  class.zip: Ada Lovelace_1_assignsubmission_file/my_script.py"
        " (handed in 2026-11-23 17:05 +0000; late; 1 older file or attempt not graded)",
        "  李小龍                  b.py",
        "",
        "Refused:",
        "  class.zip: evil\\x1b.py (Eve)",
        "    it is a link",
        "  x",
        "    why",
        "",
        "Nothing from:",
        "  cyd  Cyd",
        "",
        "Note:",
        "  eve is not in the roster",
    ]


def test_where_all_is_well_nothing_else_is_told() -> None:
    one = HandIn(Student("ada", "ada"), "ada.py", "class/ada.py", "0" * 64, dict)

    assert in_words(Intake("plain files", (one,))).split("\n") == [
        "1 submission to grade. Layout: plain files.",
        "",
        "Would be graded:",
        "  ada  class/ada.py",
    ]
    assert summary(Intake("", ())) == "0 submissions to grade."


DUE = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
TERMS = Terms("word_count", 1, Decimal(10), DUE, LateSpec(due=DUE, percent_per_day=Decimal(10)))


def test_what_is_graded_already_is_counted_and_not_listed() -> None:
    bob = HandIn(Student("moodle-2", "Bob"), "b.py", "class.zip: Bob_2/b.py", "0" * 64, dict)
    intake = Intake("Moodle", (HAND_IN, bob))

    told = in_words(intake, Outlook("word_count (Count)", TERMS, Plan((HAND_IN,), 1))).split("\n")

    assert told[1] == "Exercise: word_count (Count)"
    assert "word_count: 1 to grade, 1 is graded already" in told
    assert "Would be graded, from class.zip:" in told
    assert told[-1].startswith("  moodle-1  Ada Lovelace  Ada Lovelace_1_assignsubmission_file/my_script.py (handed in")
    assert "1 day late" in told[-1]


def test_who_was_late_is_told_and_of_whom_that_is_not_known() -> None:
    in_time = replace(HAND_IN, submitted_at=DUE - timedelta(hours=1), late=False)
    marked = replace(HAND_IN, student=Student("canvas-2", "Bob"), submitted_at=None)
    intake = Intake("Canvas", (HAND_IN, in_time, marked))

    first, second, third = lateness(intake, TERMS)

    assert first.endswith(": 1 of 2 came later.")
    assert second.startswith("When 1 of 3 came in is not known; they count as in time.")
    assert third == "Canvas marks as late, without saying by how much: Bob."


def test_without_a_rule_nothing_is_said_of_lateness_and_a_rule_without_a_deadline_is_told() -> None:
    intake = Intake("Moodle", (HAND_IN,))

    assert list(lateness(intake, replace(TERMS, due=None, late=None))) == []
    assert "--due" in next(lateness(intake, replace(TERMS, due=None)))
