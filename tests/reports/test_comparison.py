from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from grader.errors import DifferentExercises
from grader.model.grade import Grade, ModelledSpeed, Rescored, TimingReport
from grader.model.result import Location, Verdict
from grader.model.speed import SpeedReport, WallClock
from grader.report.comparison import Change, Comparison, compare
from grader.report.markdown import comparison_as_markdown
from grader.report.terminal import comparison_in_terminal
from grader.testing import a_check, a_grade, a_map, a_run, a_speed_report, a_timing


def part(comparison: Comparison, title: str) -> tuple[Change, ...]:
    (found,) = (part.changes for part in comparison.parts if part.title == title)
    return found


def test_only_checks_whose_verdict_or_points_changed_are_listed() -> None:
    before = a_grade([a_check("counts", Verdict.FAILED), a_check("output"), a_check("chunksize", Verdict.PARTIAL)])
    better = a_check("chunksize", Verdict.PARTIAL, points=Decimal("0.75"))

    found = compare(before, a_grade([a_check("counts"), a_check("output"), better]))

    assert part(found, "Checks") == (
        Change("counts", "✗ failed, 0 of 1", "✓ passed, 1 of 1"),
        Change("chunksize", "~ partial, 0.5 of 1", "~ partial, 0.75 of 1"),
    )
    assert found.finding == "The score went from 1.5 of 3 to 2.75 of 3; 2 checks changed."


def test_a_check_of_only_one_of_the_grades_is_said_to_be_missing_in_the_other() -> None:
    found = compare(a_grade([a_check("old")]), a_grade([a_check("new")]))

    assert [(one.name, one.before, one.after) for one in part(found, "Checks")] == [
        ("new", "not there", "✓ passed, 1 of 1"),
        ("old", "✓ passed, 1 of 1", "not there"),
    ]


def test_a_grade_compared_with_itself_has_no_change(sample: Grade) -> None:
    found = compare(sample, sample)

    assert found.finding.startswith("The score is the same, ")
    assert found.finding.endswith("; no check changed.")
    assert all(change.before == change.after for part in found.parts for change in part.changes)


def test_the_speed_is_set_side_by_side_changed_or_not() -> None:
    before = a_grade(timing=TimingReport(speed=a_speed_report(1)))

    speed = {one.name: one for one in part(compare(before, a_grade()), "Speed")}

    own = speed["own chunk size, 3,000 scenes of 1 kB"]
    assert (own.before, own.after) == ("0.55 times as fast as serial with chunk size 1", "–")
    assert speed["under spawn"].before == "right"


def test_the_modelled_speed_of_both_is_told_with_that_of_the_reference() -> None:
    slower = ModelledSpeed(own=1.25, reference=3.5, workers=2)
    before, after = a_grade(timing=a_timing(modelled=slower)), a_grade(timing=a_timing())

    speed = part(compare(before, after), "Speed")

    assert speed == (
        Change("modelled on idle cores", "1.25 times as fast as serial on 2", "3.30 times as fast as serial on 4"),
        Change("the reference there", "3.50 times as fast", "3.40 times as fast"),
    )


def test_the_wall_clock_of_both_is_told_with_its_interval_where_there_is_one() -> None:
    fields = {"inputs": "plays", "program_s": (1.0,), "serial_s": (1.6,), "ratio": 1.6, "workers": 4, "cores": 2}
    short = WallClock(**fields, low=None, high=None, sentence="Faster.")
    longer = WallClock(**fields, low=1.5, high=1.75, sentence="Faster.")
    before, after = (a_grade(timing=TimingReport(speed=SpeedReport(wall=wall))) for wall in (short, longer))

    assert part(compare(before, after), "Speed") == (
        Change(
            "by the wall clock there",
            "1.60 times as fast as serial",
            "1.60 times as fast as serial, between 1.50 and 1.75",
        ),
    )


def test_when_a_grade_was_judged_again_is_told() -> None:
    again = a_grade(rescored=Rescored(at=datetime(2026, 2, 1, 9, 30, tzinfo=UTC), pargrade="0.2.0"))

    graded = {one.name: one for one in part(compare(a_grade(), again), "Graded")}

    assert graded["judged again"] == Change("judged again", "–", "2026-02-01 09:30:00 UTC")
    assert graded["graded"].before == graded["graded"].after


def test_another_machine_and_another_version_are_told() -> None:
    before = a_grade()
    machine = before.machine.model_copy(update={"cores": 2, "quota_cores": 0.5})
    after = a_grade(machine=machine, versions={"pargrade": "0.2.0", "pydantic": "2.11.7"})

    found = compare(before, after)

    assert part(found, "Machine and sandbox") == (Change("cores", "4", "2"), Change("quota", "–", "0.5 cores"))
    assert part(found, "Versions") == (Change("pargrade", "0.1.0", "0.2.0"),)


def test_grades_of_different_exercises_are_not_compared() -> None:
    with pytest.raises(DifferentExercises, match="'word_count', the second of 'async_map'"):
        compare(a_grade(), a_grade(exercise="async_map"))


def test_nothing_of_the_students_code_or_output_is_shown() -> None:
    secret = "my_own_line()"
    place = Location(file="my_script.py", line=3, excerpt=secret)
    check = a_check(verdict=Verdict.FAILED, headline=secret, detail=secret, hint=secret, location=place)
    run = a_run((a_map(function=secret),), stdout=secret, stderr=secret, args=(secret,))

    found = compare(a_grade(), a_grade([check], [run]))

    assert secret not in comparison_as_markdown(found).replace("\\", "")
    assert secret not in comparison_in_terminal(found)


@pytest.mark.parametrize("width", [24, 80, 120])
def test_a_comparison_fits_the_terminal_and_has_no_control_codes(width: int) -> None:
    hostile = "\x1b[31m\u202e<b>"
    speed = a_speed_report()

    found = compare(a_grade(exercise_title=hostile), a_grade([a_check(hostile)], timing=TimingReport(speed=speed)))
    text = comparison_in_terminal(found, width=width)

    assert max(map(len, text.splitlines())) <= width
    assert not re.search("[\x1b\u202e]", text)
    assert "<b>" not in comparison_as_markdown(found).replace("\\<", "")
