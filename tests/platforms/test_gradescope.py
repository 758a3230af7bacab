"""What Gradescope is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from grader.errors import BrokenSettings, UnclearSubmission
from grader.model.grade import Grade, Status, TimingReport
from grader.model.measurement import Who
from grader.model.result import Verdict
from grader.platforms.gradescope import PLATFORM, efficiency
from grader.platforms.seam import Failure, Host, Outcome, Place
from grader.testing import a_check, a_grade, a_sample
from tests.platforms.schemas import GRADESCOPE, accepted


def host(root: Path, settings: str = "") -> Host:
    for name in ("source", "submission"):
        (root / name).mkdir(exist_ok=True)
    (root / "source" / "pargrade.toml").write_text(settings)
    return PLATFORM.open(Place(root, {}))


def told(root: Path, outcome: Outcome, settings: str = "") -> dict[str, Any]:
    (document,) = host(root, settings).results(outcome).documents
    assert document.path == root / "results" / "results.json"
    return accepted(document.text, GRADESCOPE)


def test_every_grade_becomes_what_gradescope_reads(sample: Grade, tmp_path: Path) -> None:
    data = told(tmp_path, sample)

    assert data["score"] == float(sample.score or 0)
    assert [test["tags"] for test in data["tests"]] == [[check.id] for check in sample.checks]
    assert data["extra_data"]["pargrade"]["status"] == sample.status


def test_texts_of_a_student_stay_texts(mean_grade: Grade, tmp_path: Path) -> None:
    data = told(tmp_path, mean_grade)

    for text in (data["output"], *(test["output"] for test in data["tests"])):
        assert "<script" not in MarkdownIt("commonmark", {"html": True}).render(text)
    assert data["score"] == float(mean_grade.score or 0)


def test_what_could_not_be_decided_has_neither_points_nor_a_colour(tmp_path: Path) -> None:
    (test,) = told(tmp_path, a_grade([a_check("speedup", Verdict.INCONCLUSIVE)]))["tests"]

    assert {"score", "max_score", "status"} & set(test) == set()


def test_a_check_without_points_is_told_by_its_status(tmp_path: Path) -> None:
    (test, _) = told(tmp_path, a_grade([a_check("runs", max_points=0), a_check("counts")]))["tests"]

    assert (test["status"], test["max_score"]) == ("passed", 0.0)


def test_visibility_is_as_the_settings_say(tmp_path: Path) -> None:
    settings = 'visibility = "after_due_date"\n[check_visibility]\ncounts = "hidden"\n'

    data = told(tmp_path, a_grade([a_check("counts"), a_check("output")]), settings)

    assert data["visibility"] == "after_due_date"
    assert [test.get("visibility") for test in data["tests"]] == ["hidden", None]


def test_the_first_document_gives_nothing_and_says_so(tmp_path: Path) -> None:
    (document,) = host(tmp_path).first().documents

    data = accepted(document.text, GRADESCOPE)
    assert data["score"] == 0
    assert "did not come to its end" in data["output"]


@pytest.mark.parametrize("by_student", [True, False])
def test_a_failure_says_whose_fault_it_is(by_student: bool, tmp_path: Path) -> None:
    data = told(tmp_path, Failure("You handed in 2 programs.", "Hand in one.", by_student))

    assert ("no fault of your program" in data["output"]) is not by_student
    assert "Hand in one." in data["output"]


def test_broken_settings_are_told_and_no_grade_is_given(tmp_path: Path) -> None:
    data = told(tmp_path, a_grade(), "visibility = 3\n")

    assert data["score"] == 0
    assert "pargrade.toml do not fit: visibility" in data["output"]


def test_the_program_is_the_only_one_or_the_one_that_is_named(tmp_path: Path) -> None:
    opened = host(tmp_path, 'file = "countwords.py"\n')
    (tmp_path / "submission" / "helper.py").write_text("")
    (tmp_path / "submission" / "countwords.py").write_text("")

    assert opened.job().file == tmp_path / "submission" / "countwords.py"


@pytest.mark.parametrize("files", [[], ["notes.txt"], ["a.py", "b.py"]])
def test_none_or_several_programs_are_an_unclear_submission(files: list[str], tmp_path: Path) -> None:
    opened = host(tmp_path)
    for name in files:
        (tmp_path / "submission" / name).write_text("")

    with pytest.raises(UnclearSubmission):
        opened.job()


def test_half_a_core_and_the_memory_there_are_respected(tmp_path: Path) -> None:
    opened = host(tmp_path)
    (tmp_path / "submission" / "a.py").write_text("")
    settings = opened.job().settings

    assert (settings.sandbox, settings.graded, settings.speed) == ("uid", True, False)
    assert settings.most_memory_mib is not None
    assert settings.most_memory_mib < 768


def test_a_missing_folder_is_the_fault_of_the_host(tmp_path: Path) -> None:
    with pytest.raises(BrokenSettings):
        PLATFORM.open(Place(tmp_path / "gone", {})).job()


def measured(own: tuple[float, ...], **changes: Any) -> Grade:
    samples = (
        a_sample(main_cpu_s=0.0, workers_cpu_s=own),
        a_sample(Who.REFERENCE, main_cpu_s=0.0, workers_cpu_s=(1.0,) * 4),
    )
    return a_grade(timing=TimingReport(samples=samples), **changes)


@pytest.mark.parametrize(("own", "expected"), [((1.0,) * 4, 1.0), ((4.0, 0.0, 0.0, 0.0), 0.25), ((2.0,) * 4, 0.5)])
def test_efficiency_is_the_speed_up_by_the_number_of_workers(own: tuple[float, ...], expected: float) -> None:
    assert efficiency(measured(own)) == pytest.approx(expected)


def test_the_leaderboard_has_an_entry_only_where_it_is_wanted_and_deserved(tmp_path: Path) -> None:
    fair = measured((1.0,) * 4)

    assert told(tmp_path, fair, "leaderboard = true\n")["leaderboard"] == [
        {"name": "Efficiency", "value": 1.0, "order": "desc"}
    ]
    assert "leaderboard" not in told(tmp_path, fair)
    assert "leaderboard" not in told(tmp_path, measured((1.0,) * 4, status=Status.NEEDS_REVIEW), "leaderboard = true\n")
    assert "leaderboard" not in told(tmp_path, a_grade(), "leaderboard = true\n")


def test_an_endless_report_is_cut(tmp_path: Path) -> None:
    long = a_grade([a_check("counts", Verdict.FAILED, headline="x", detail="line\n" * 60_000)])

    assert len(json.dumps(told(tmp_path, long))) < 1_000_000
