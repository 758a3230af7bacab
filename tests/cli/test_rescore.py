"""``grade rescore`` and ``grade FILE --evidence``, with a sandbox that runs nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from grader.batch.digests import exercise_digest
from grader.batch.gradebook import open_gradebook
from grader.batch.places import EVIDENCE, student_folder
from grader.batch.records import Entry, Student, Work
from grader.bundled import bundled
from grader.evidence_store import load_evidence
from grader.report.json import dump, load
from tests.cli.conftest import Grade


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The exercises, ours to change."""
    copied = tmp_path / "courses"
    shutil.copytree(bundled("exercises"), copied)
    return copied


@pytest.fixture
def evidence(grade: Grade, script: Path, tmp_path: Path) -> Path:
    """The evidence of a grade of ``script``; its receipt is ``report.json`` beside it."""
    ran = grade(script.name, "--evidence", EVIDENCE, "--json", "report.json")
    assert ran.code in (1, 3), ran.err
    return tmp_path / EVIDENCE


def change(root: Path, old: str, new: str) -> None:
    file = root / "async_map" / "exercise.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def class_of(evidence: Path, out: Path, *students: str) -> None:
    """The output folder of a batch in which everybody handed in the same."""
    receipt = load(evidence.parent / "report.json")
    book = open_gradebook(out, "ta")
    book.know([Student(name) for name in students])
    digest = exercise_digest(bundled("exercises") / receipt.exercise)
    for name in students:
        work = Work(name, receipt.exercise, f"{name}.py", "a" * 64, digest, "0.0.1")
        book.record(
            Entry(work, receipt.status, receipt.score, receipt.max_score, dump(receipt), receipt.graded_at, 1.0)
        )
        folder = student_folder(out, name)
        folder.mkdir(parents=True)
        shutil.copy(evidence, folder / EVIDENCE)
    book.close()


# -- keeping evidence ------------------------------------------------------------------------------


def test_the_evidence_of_a_grade_is_written_beside_its_reports(evidence: Path) -> None:
    kept = load_evidence(evidence)

    assert dump(kept.grade) == (evidence.parent / "report.json").read_text()
    assert kept.submission.source.startswith("# exercise: async_map")


def test_without_the_option_no_evidence_is_written(grade: Grade, script: Path, tmp_path: Path) -> None:
    grade(script.name)

    assert {path.name for path in tmp_path.iterdir()} == {script.name}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("-", "nothing for the standard output"),
        ("my_script.py", "would overwrite"),
        ("nowhere/e.gz", "does not exist"),
        ("report.json", "both go to"),
    ],
)
def test_a_place_where_evidence_cannot_go_is_told_before_anything_runs(
    path: str, words: str, grade: Grade, script: Path
) -> None:
    ran = grade(script.name, "--json", "report.json", "--evidence", path)

    assert ran.code == 2
    assert words in ran.err


# -- a single grade --------------------------------------------------------------------------------


def test_nothing_changes_where_nothing_was_changed(grade: Grade, evidence: Path) -> None:
    ran = grade("rescore", EVIDENCE)

    assert "No verdict and no point changed." in ran.out
    assert ran.err == ""


def test_other_points_change_the_score_and_the_report(grade: Grade, evidence: Path, root: Path) -> None:
    change(root, "points = 2", "points = 5")

    ran = grade("rescore", EVIDENCE, "--exercises", str(root), "--json", "after.json")

    assert re.search(r"score +\S+ of 6 +\S+ of 9\n", ran.out)
    assert re.search(r"two-maps +✗ failed, 0 of 2 +✗ failed, 0 of 5\n", ran.out)
    before, after = load(Path("report.json")), load(Path("after.json"))
    assert (before.max_score, after.max_score) == (6, 9)
    assert (after.seed, after.graded_at, after.run) == (before.seed, before.graded_at, before.run)
    assert after.rescored is not None


def test_a_receipt_is_rescored_from_the_evidence_beside_it(grade: Grade, evidence: Path, root: Path) -> None:
    change(root, "points = 2", "points = 5")
    grade("rescore", EVIDENCE, "--exercises", str(root), "--json", "after.json")

    ran = grade("rescore", "after.json")

    assert re.search(r"two-maps +✗ failed, 0 of 5 +✗ failed, 0 of 2\n", ran.out)


def test_the_report_can_go_to_the_standard_output_alone(grade: Grade, evidence: Path) -> None:
    ran = grade("rescore", EVIDENCE, "--json", "-")

    assert json.loads(ran.out)["rescored"]["pargrade"]


def test_a_dry_run_writes_no_report(grade: Grade, evidence: Path, tmp_path: Path) -> None:
    grade("rescore", EVIDENCE, "--dry-run", "--json", "after.json")

    assert not (tmp_path / "after.json").exists()


def test_the_exit_code_is_that_of_the_new_grade(grade: Grade, evidence: Path, script: Path) -> None:
    assert grade("rescore", EVIDENCE).code == grade(script.name).code


def test_an_exercise_whose_runs_have_changed_is_refused_with_the_way_on(
    grade: Grade, evidence: Path, root: Path
) -> None:
    change(root, "workers = ", "workers = 1")

    ran = grade("rescore", EVIDENCE, "--exercises", str(root))

    assert (ran.code, ran.out) == (2, "")
    assert "another number of workers" in ran.err
    assert "grade batch --force" in ran.err


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "There is no evidence"), (b"", "it is empty"), (b"x = 1\n", "not packed by gzip"), (b"{", "is cut off")],
)
def test_what_is_no_evidence_is_told_in_two_lines(
    content: bytes | None, words: str, grade: Grade, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "given").write_bytes(content)

    ran = grade("rescore", "given")

    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_receipt_without_evidence_beside_it_is_told(grade: Grade, evidence: Path) -> None:
    evidence.unlink()

    ran = grade("rescore", "report.json")

    assert ran.code == 2
    assert "There is no evidence 'evidence.json.gz'" in ran.err


def test_a_receipt_beside_other_evidence_is_told(grade: Grade, evidence: Path, script: Path) -> None:
    grade(script.name, "--json", "other.json", "--seed", "1")

    ran = grade("rescore", "other.json")

    assert ran.code == 2
    assert "is not that of the receipt" in ran.err


def test_another_exercise_than_that_of_the_grade_is_told(grade: Grade, evidence: Path) -> None:
    assert "a grade of 'async_map', not of 'word_count'" in grade("rescore", EVIDENCE, "--exercise", "word_count").err


# -- a class ---------------------------------------------------------------------------------------


def test_a_class_is_rescored_and_what_changed_is_shown_for_each(
    grade: Grade, evidence: Path, root: Path, tmp_path: Path
) -> None:
    class_of(evidence, tmp_path / "out", "ada", "bob")
    change(root, "points = 2", "points = 5")

    dry = grade("rescore", "out", "--exercises", str(root), "--dry-run")
    ran = grade("rescore", "out", "--exercises", str(root), "--who", "grace")

    assert (dry.code, ran.code) == (0, 0)
    assert "2 of 2 grades would change. Nothing was written." in dry.out
    assert "2 of 2 grades changed." in ran.out
    assert len(re.findall(r"^(?:ada|bob)\nscore +\S+ of 6 +\S+ of 9$", ran.out, re.MULTILINE)) == 2
    assert "\x1b" not in ran.out
    book = open_gradebook(tmp_path / "out", "someone")
    assert book.events("ada")[-1].who == "grace"
    book.close()


def test_who_could_not_be_rescored_is_said_with_the_reason(grade: Grade, evidence: Path, tmp_path: Path) -> None:
    class_of(evidence, tmp_path / "out", "ada", "bob")
    (student_folder(tmp_path / "out", "bob") / EVIDENCE).write_bytes(b"\x1f\x8bnonsense")

    ran = grade("rescore", "out")

    assert ran.code == 3
    assert "1 could not be judged again" in ran.out
    assert "grade: not judged again: bob:" in ran.err
    assert "is damaged" in ran.err


def test_a_folder_without_a_gradebook_is_told(grade: Grade, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    ran = grade("rescore", "out")

    assert ran.code == 2
    assert "There is no gradebook in" in ran.err
    assert not list((tmp_path / "out").iterdir())


def test_reports_of_a_class_go_nowhere_else(grade: Grade, evidence: Path, tmp_path: Path) -> None:
    class_of(evidence, tmp_path / "out", "ada")

    ran = grade("rescore", "out", "--json", "x.json")

    assert ran.code == 2
    assert "written into its folder" in ran.err
