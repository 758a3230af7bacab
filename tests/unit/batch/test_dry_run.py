"""A dry run tells whom a batch would grade, what it refuses and why, and who is missing."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.batch.dry_run import in_words, summary
from grader.batch.gradebook import Student
from grader.batch.handin import HandIn, Intake, Refused

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
        "  moodle-1  Ada Lovelace <ada@example.org>  class.zip: Ada Lovelace_1_assignsubmission_file/my_script.py"
        " (handed in 2026-11-23 17:05 +0000; late; 1 older file or attempt not graded)",
        "  李小龍                                    b.py",
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
