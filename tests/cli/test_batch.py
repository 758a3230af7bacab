"""``grade batch`` and ``grade adjust``: arguments, what is said, and exit codes, without running any program."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.batch.gradebook import open_gradebook
from grader.batch.handin import Intake, Refused
from grader.batch.places import held
from grader.batch.records import Student
from grader.batch.task import Outcome, Setup, Task, errored, grade_task
from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.cli.app import App
from grader.cli.commands import execute
from grader.cli.interrupting import Interrupted
from grader.model.grade import Status
from grader.pipeline import Workbench
from grader.testing import FakeSandbox
from tests.cli.conftest import STARTER, Ran
from tests.unit.batch.fakes import InlineWorkers, folder_intake

Batch = Callable[..., Ran]


@pytest.fixture
def work() -> Callable[[Task], Outcome]:
    """Grades with a sandbox that runs nothing."""

    def bench(setup: Setup) -> Workbench:
        return Workbench(Catalog(bundled("exercises"), CHECKS), CHECKS, FakeSandbox(), App().now)

    return lambda task: grade_task(task, bench)


@pytest.fixture
def intake() -> list[Any]:
    """What the intake is changed to, if anything."""
    return []


@pytest.fixture
def grade(
    app: App,
    work: Callable[[Task], Outcome],
    intake: list[Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Batch:
    """Runs ``grade ARGUMENTS...`` beside a folder ``subs`` of three students."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRADE_EXERCISES", raising=False)
    (tmp_path / "subs").mkdir()
    for name in ("ann", "bob", "cy"):
        (tmp_path / "subs" / f"{name}.py").write_text(STARTER)

    def found(*arguments: Any) -> Intake:
        return replace(folder_intake(*arguments), **(intake[-1] if intake else {}))

    def run(*arguments: str, doing: Callable[[Task], Outcome] = work) -> Ran:
        used = replace(app, collect=found, workers=lambda *_: InlineWorkers(doing))
        capsys.readouterr()
        code = execute(arguments, used)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def in_review(work: Callable[[Task], Outcome], who: str = "ann") -> Callable[[Task], Outcome]:
    def doing(task: Task) -> Outcome:
        outcome = work(task)
        if task.key != who:
            return outcome
        receipt = json.loads(outcome.entry.receipt or "") | {"status": "needs_review", "review_reasons": ["Look."]}
        entry = replace(outcome.entry, outcome=Status.NEEDS_REVIEW, receipt=json.dumps(receipt))
        return replace(outcome, entry=entry)

    return doing


# --- batch -------------------------------------------------------------------------------------------


def test_a_class_is_graded_and_the_table_says_who_has_what(grade: Batch, tmp_path: Path) -> None:
    ran = grade("batch", "subs", "--out", "out")

    assert ran.code == 0
    assert "async_map: 3 students\n  graded            3\n" in ran.out
    assert "grade: async_map: 3 to grade\n" in ran.err
    assert "grade: 3 of 3  cy: " in ran.err
    assert sorted(path.name for path in (tmp_path / "out" / "students").iterdir()) == ["ann", "bob", "cy"]


def test_the_same_command_goes_on(grade: Batch) -> None:
    grade("batch", "subs", "--out", "out", "--only", "ann")

    ran = grade("batch", "subs", "--out", "out")

    assert "2 to grade, 1 is graded already" in ran.err


def test_with_force_everyone_is_graded_again(grade: Batch) -> None:
    grade("batch", "subs", "--out", "out")

    assert "3 to grade\n" in grade("batch", "subs", "--out", "out", "--force").err
    assert "0 to grade, 3 are graded already" in grade("batch", "subs", "--out", "out").err


def test_what_is_asked_for_reaches_those_who_do_it(grade: Batch, app: App, work: Callable[[Task], Outcome]) -> None:
    asked: dict[str, Any] = {}

    def collect(paths: Any, *how: Any) -> Intake:
        asked["intake"] = how
        return folder_intake(paths)

    def workers(*how: Any) -> InlineWorkers:
        asked["workers"] = how
        return InlineWorkers(doing)

    def doing(task: Task) -> Outcome:
        asked["setup"] = (task.setup.seed, task.setup.curves, task.setup.sandbox)
        return work(task)

    options = ("--roster", "class.csv", "--jobs", "3", "--curves", "--seed", "5", "--sandbox", "some")
    used = replace(app, collect=collect, workers=workers)
    assert execute(("batch", "subs", "--out", "out", "--exercise", "async_map", *options), used) == 0

    script = app.catalog(None).load("async_map").spec.script_name
    assert asked == {
        "intake": (Path("class.csv"), script, "async_map"),
        "workers": (3, None, True),
        "setup": (5, True, "some"),
    }


def test_what_could_not_be_graded_ends_with_3_and_is_named(grade: Batch, work: Callable[[Task], Outcome]) -> None:
    def doing(task: Task) -> Outcome:
        return errored(task, "the disk is full", 1.0) if task.key == "bob" else work(task)

    ran = grade("batch", "subs", "--out", "out", doing=doing)

    assert ran.code == 3
    assert "errored           1  bob" in ran.out
    assert "bob: errored: the disk is full" in ran.err


def test_what_needs_review_ends_with_3_until_it_is_settled(
    grade: Batch, work: Callable[[Task], Outcome], tmp_path: Path
) -> None:
    ran = grade("batch", "subs", "--out", "out", doing=in_review(work))
    assert ran.code == 3
    assert "has to confirm" in (tmp_path / "out" / "students" / "ann" / "report.md").read_text()
    assert "grade adjust ann --settle --why TEXT --in out" in ran.out

    settled = grade("adjust", "ann", "--settle", "--why", "both are right", "--in", "out")
    assert settled.code == 0
    assert "both are right" in settled.out
    for name in ("report.html", "report.md"):
        report = (tmp_path / "out" / "students" / "ann" / name).read_text()
        assert "A person has looked at this" in report
        assert "has to confirm" not in report
    assert grade("batch", "subs", "--out", "out").code == 0


def test_refused_and_missing_ones_are_told(grade: Batch, intake: list[Any]) -> None:
    intake.append({"refused": (Refused("eve.zip", "It is a zip bomb."),), "missing": (Student("fay"),)})

    ran = grade("batch", "subs", "--out", "out")

    assert ran.code == 3
    assert "refused: eve.zip: It is a zip bomb." in ran.err
    assert "refused           1  eve.zip" in ran.out
    assert "missing           1  fay" in ran.out


def test_who_is_in_the_roster_no_more_is_not_missing_any_more(grade: Batch, intake: list[Any]) -> None:
    intake.append({"missing": (Student("moodle-2", "Dee"), Student("moodle-3", "Eve")), "has_roster": True})
    grade("batch", "subs", "--out", "out")
    intake.append({"missing": (Student("moodle-3", "Eve"),), "has_roster": True})
    with_roster = grade("batch", "subs", "--out", "out")
    intake.append({})
    without = grade("batch", "subs", "--out", "out")

    assert "missing           1  Eve (moodle-3)" in with_roster.out
    assert "missing           1  Eve (moodle-3)" in without.out


def test_people_are_named_and_what_waits_for_its_turn_is_told(grade: Batch, intake: list[Any], tmp_path: Path) -> None:
    ann, bob, cy = folder_intake([tmp_path / "subs"]).hand_ins
    refused = Refused("dee.zip", "It is a zip bomb.", Student("dee", "Dee D"))
    intake.append({"hand_ins": (ann, replace(bob, student=Student("bob", "Bob B")), cy), "refused": (refused,)})

    ran = grade("batch", "subs", "--out", "out", "--only", "ann")

    assert "not graded        3  Bob B (bob), cy, Dee D (dee)" in ran.out
    assert "the same command without --only grades what was not graded yet (2)" in ran.out
    assert "1 student handed in what was refused" in ran.out


def test_missing_students_alone_are_no_fault(grade: Batch, intake: list[Any]) -> None:
    intake.append({"missing": (Student("fay"),)})

    assert grade("batch", "subs", "--out", "out").code == 0


def test_a_dry_run_shows_what_would_be_graded_and_writes_nothing(grade: Batch, tmp_path: Path) -> None:
    ran = grade("batch", "subs", "--dry-run")

    assert ran.code == 0
    assert "3 submissions to grade" in ran.out
    assert "ann  subs/ann.py" in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["subs"]


def test_a_dry_run_tells_what_this_very_command_would_do(grade: Batch) -> None:
    grade("batch", "subs", "--out", "out", "--only", "ann")

    told = grade("batch", "subs", "--out", "out", "--dry-run").out
    one = grade("batch", "subs", "--out", "out", "--dry-run", "--only", "cy").out

    assert "Exercise: async_map (" in told
    assert "async_map: 2 to grade, 1 is graded already" in told
    assert "subs/ann.py" not in told
    assert "async_map: 1 to grade, 2 others are left as they are" in one


def test_a_dry_run_says_when_it_is_not_clear_for_which_exercise_it_is(grade: Batch, tmp_path: Path) -> None:
    for path in (tmp_path / "subs").iterdir():
        path.write_text("print()\n")

    ran = grade("batch", "subs", "--dry-run")

    assert ran.code == 2
    assert "ann  subs/ann.py" in ran.out
    assert "--exercise ID" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("batch",), "nothing to grade"),
        (("batch", "subs"), "--out"),
        (("batch", "subs", "--out", "out", "--jobs", "2", "--dask", "tcp://host:1"), "--dask"),
        (("batch", "subs", "--out", "out", "--due", "soon"), "no date"),
        (("batch", "subs", "--out", "out", "--only", "anne"), "Closest: ann"),
        (("batch", "subs", "--out", "out", "--exercise", "async_mpa"), "async_map"),
        (("batch", "--status", "nowhere"), "no gradebook"),
        (("batch", "--status", "subs/ann.py"), "no gradebook"),
        (("batch", "--status", "a" * 5_000), "cannot be looked into: File name too long"),
        (("adjust", "ann", "--history", "--in", "nowhere"), "no gradebook"),
        (("batch", "subs", "--out", "out", "--gradebook", "nosuch://host/name"), "cannot be used"),
    ],
)
def test_what_cannot_be_done_is_told_with_2(grade: Batch, arguments: tuple[str, ...], words: str) -> None:
    ran = grade(*arguments)

    assert ran.code == 2
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_second_batch_into_the_same_folder_is_refused(grade: Batch, tmp_path: Path) -> None:
    with held(tmp_path / "out"):
        ran = grade("batch", "subs", "--out", "out")

    assert ran.code == 2
    assert "Another batch is at work in out" in ran.err
    assert "grade batch --status out" in ran.err


def test_without_walls_nothing_is_graded(grade: Batch, app: App, tmp_path: Path) -> None:
    from grader.sandbox.practice import PracticeSandbox

    code = execute(
        ("batch", "subs", "--out", "out"),
        replace(app, choose_sandbox=lambda _: PracticeSandbox(), collect=folder_intake),
    )

    assert code == 3
    assert not (tmp_path / "out").exists()


def test_stopped_by_a_signal_it_says_that_nothing_is_lost(
    grade: Batch, app: App, work: Callable[[Task], Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    class Stopping(InlineWorkers):
        def submit(self, task: Task) -> Any:
            if task.key == "cy":
                raise Interrupted(2)
            return super().submit(task)

    workers = Stopping(work)
    with pytest.raises(Interrupted):
        execute(("batch", "subs", "--out", "out"), replace(app, collect=folder_intake, workers=lambda *_: workers))

    told = capsys.readouterr().err
    assert "the same command goes on" in told
    assert "grade: interrupted" in told
    assert workers.closed
    assert "graded            3" in grade("batch", "subs", "--out", "out").out


class Terminal(io.StringIO):
    """A standard error that moves."""

    def isatty(self) -> bool:
        return True


def shown(written: str) -> list[str]:
    """The lines that a terminal shows in the end: each goes up, erases and starts anew as it is told."""
    lines, at = [""], 0
    for kind, text in re.findall(r"(\x1b\[\d*[A-Za-z]|\x1b\[[\d;?]*[a-z]|\r|\n)|([^\x1b\r\n]+)", written):
        if kind.endswith("A"):
            at -= int(kind[2:-1] or 1)
        elif kind.endswith("K"):
            lines[at] = ""
        elif kind == "\n":
            at += 1
            lines += [""] * (at + 1 - len(lines))
        elif text:
            lines[at] += text
    return [line.rstrip() for line in lines]


def test_on_a_terminal_no_line_is_lost_to_the_bar(
    grade: Batch,
    app: App,
    work: Callable[[Task], Outcome],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stopping(InlineWorkers):
        def submit(self, task: Task) -> Any:
            if task.key == "cy":
                raise Interrupted(2)
            return super().submit(task)

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with pytest.raises(Interrupted):
        execute(
            ("batch", "subs", "--out", "out"),
            replace(app, collect=folder_intake, workers=lambda *_: Stopping(in_review(work))),
        )

    lines = shown(screen.getvalue())
    assert "grade: async_map: 3 to grade" in lines
    assert any(line.startswith("ann: needs review (") for line in lines)
    assert sum(line.startswith("async_map ") for line in lines) == 1
    assert "grade: stopped: 2 of 3 are graded and kept; the same command goes on." in lines


def test_the_status_is_told_to_others(grade: Batch) -> None:
    grade("batch", "subs", "--out", "out")

    ran = grade("batch", "--status", "out")

    assert ran.code == 0
    assert ran.out.startswith("out: 3 of 3 done, 0 errored")
    assert "ended 2026-01-31" in ran.out


def test_the_status_counts_what_earlier_batches_graded(grade: Batch, work: Callable[[Task], Outcome]) -> None:
    grade("batch", "subs", "--out", "out", "--only", "ann", doing=in_review(work))
    grade("batch", "subs", "--out", "out", "--only", "bob")

    told = grade("batch", "--status", "out").out

    assert told.startswith("out: 1 of 1 done")
    assert "in all: 2 of 3 graded, 1 of them to review" in told


def test_lateness_is_taken_off_and_shown(grade: Batch, intake: list[Any], app: App, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bundled("exercises"), tmp_path / "courses")
    toml = tmp_path / "courses" / "async_map" / "exercise.toml"
    toml.write_text(toml.read_text().replace("[limits]", "[late]\npercent_per_day = 10\n\n[limits]", 1))
    hand_ins = folder_intake([tmp_path / "subs"]).hand_ins
    intake.append({"hand_ins": (replace(hand_ins[0], submitted_at=app.now()), *hand_ins[1:])})

    ran = grade("batch", "subs", "--out", "out", "--exercises", "courses", "--due", "2026-01-30T11:00+00:00")

    assert ran.code == 0
    told = grade("adjust", "ann", "results", "1", "--why", "right", "--in", "out").out
    assert "ann: 0 of 6" in told
    assert "2 days late: 1 point off." in told
    assert "2 days late: 1 point off." in (tmp_path / "out" / "students" / "ann" / "report.html").read_text()
    assert "late" not in grade("adjust", "bob", "--history", "--in", "out").out


def test_a_folder_takes_no_grades_of_another_exercise(grade: Batch, tmp_path: Path) -> None:
    grade("batch", "subs", "--out", "out")
    before = (tmp_path / "out" / "students" / "ann" / "report.json").read_bytes()

    asked = grade("batch", "subs", "--out", "out", "--exercise", "word_count")
    for path in (tmp_path / "subs").iterdir():
        path.write_text("def count_words(file):\n    pass\n")
    looked = grade("batch", "subs", "--out", "out")

    assert asked.code == looked.code == 2
    assert "holds the grades of async_map" in asked.err
    assert "look to be for word_count" in looked.err
    assert "--exercise async_map" in looked.err
    assert (tmp_path / "out" / "students" / "ann" / "report.json").read_bytes() == before
    assert grade("batch", "subs", "--out", "out", "--exercise", "async_map").code == 0


def test_of_a_gradebook_for_all_exercises_a_folder_is_about_its_own(grade: Batch, tmp_path: Path) -> None:
    book = ("--gradebook", f"sqlite:///{tmp_path / 'course.sqlite'}")
    grade("batch", "subs", "--out", "sums", *book)
    for path in (tmp_path / "subs").iterdir():
        path.write_text("def count_words(file):\n    pass\n")
    grade("batch", "subs", "--out", "words", *book)

    ours = grade("adjust", "ann", "total", "1", "--why", "x", "--in", "words", *book)
    theirs = grade("adjust", "ann", "total", "1", "--why", "x", "--in", "words", "--exercise", "async_map", *book)

    assert ours.code == 0
    assert "ann: 1 of 10" in ours.out
    assert theirs.code == 2
    assert "holds the grades of word_count" in theirs.err


def test_when_it_is_learned_later_who_was_late_nothing_is_run_again(
    grade: Batch, intake: list[Any], app: App, tmp_path: Path
) -> None:
    grade("batch", "subs", "--out", "out", "--due", "2026-01-30T11:00+00:00")
    ann, bob, cy = folder_intake([tmp_path / "subs"]).hand_ins
    intake.append({"hand_ins": (replace(ann, submitted_at=app.now()), bob, cy)})

    ran = grade("batch", "subs", "--out", "out")

    assert "0 to grade, 3 are graded already" in ran.err
    assert ": 1 of 1 came later." in ran.err
    assert "of these late     1  ann" in ran.out
    assert "2 days late, at no cost." in grade("adjust", "ann", "--history", "--in", "out").out
    assert '"late_days": 2' in (tmp_path / "out" / "students" / "ann" / "mark.json").read_text()


# --- adjust ------------------------------------------------------------------------------------------


@pytest.fixture
def graded(grade: Batch) -> Batch:
    assert grade("batch", "subs", "--out", "out").code == 0
    return grade


def test_points_are_set_with_a_reason_and_shown_everywhere(graded: Batch, tmp_path: Path) -> None:
    ran = graded("adjust", "ann", "results", "0,5", "--why", "half is <right>", "--who", "Ada", "--in", "out")

    assert ran.code == 0
    assert "results: 0.5 points in place of 0, set by hand: half is <right> (Ada, 2026-01-31)" in ran.out
    page = (tmp_path / "out" / "students" / "ann" / "report.html").read_text()
    assert "half is &lt;right&gt;" in page
    history = graded("adjust", "ann", "--history", "--in", "out").out
    assert "Ada  adjusted: results: 0.5 points, half is <right>" in history


def test_they_can_be_taken_back(graded: Batch) -> None:
    before = graded("adjust", "ann", "--history", "--in", "out").out.splitlines()[-1]
    graded("adjust", "ann", "results", "1", "--why", "right", "--in", "out")

    ran = graded("adjust", "ann", "results", "--withdraw", "--in", "out")

    assert ran.code == 0
    assert ran.out.strip() == before.strip()
    assert graded("adjust", "ann", "results", "--withdraw", "--in", "out").code == 2


def test_a_comment_alone_changes_no_points(graded: Batch) -> None:
    before = graded("adjust", "ann", "--history", "--in", "out").out.splitlines()[-1]

    ran = graded("adjust", "ann", "results", "--why", "see the course page", "--in", "out")

    assert ran.out.splitlines()[0] == before
    assert "results: see the course page" in ran.out


def test_one_comment_reaches_several(graded: Batch) -> None:
    ran = graded("adjust", "ann cy", "results", "--why", "see the course page", "--in", "out")

    assert ran.code == 0
    assert re.findall(r"^(\w+): 0 of 6\n  results: see the course page", ran.out, re.MULTILINE) == ["ann", "cy"]
    assert "see the" not in graded("adjust", "bob", "--history", "--in", "out").out


def test_where_something_is_wrong_with_one_nothing_is_changed_for_anybody(graded: Batch, tmp_path: Path) -> None:
    graded("adjust", "ann", "total", "1", "--why", "x", "--in", "out")

    several = graded("adjust", "ann cy", "total", "--withdraw", "--in", "out")
    both = graded("adjust", "cy", "results", "1", "--settle", "--why", "y", "--in", "out")
    unknown = graded("adjust", "ann dee", "results", "--why", "y", "--in", "out")

    assert (several.code, both.code, unknown.code) == (2, 2, 2)
    assert "no student 'ann dee'" in unknown.err
    book = open_gradebook(tmp_path / "out", "ta")
    assert [(each.student, each.why) for each in book.adjustments()] == [("ann", "x")]
    book.close()


def test_a_comment_keeps_the_points_that_were_set(graded: Batch) -> None:
    graded("adjust", "ann", "results", "0.5", "--why", "half is right", "--in", "out")

    ran = graded("adjust", "ann", "results", "--why", "see the course page", "--in", "out")

    assert "results: 0.5 points in place of 0, set by hand: see the course page" in ran.out


def test_the_history_tells_in_plain_words_what_was_done(grade: Batch, work: Callable[[Task], Outcome]) -> None:
    grade("batch", "subs", "--out", "out", doing=in_review(work))
    grade("adjust", "ann", "results", "1", "--why", "right", "--settle", "--who", "Ada", "--in", "out")
    grade("adjust", "ann", "--settle", "--withdraw", "--who", "Ada", "--in", "out")
    grade("adjust", "ann", "total", "2", "--why", "lab", "--who", "Ada", "--in", "out")

    history = grade("adjust", "ann", "--history", "--in", "out").out

    assert "Ada  adjusted: results: 1 point, right\n" in history
    assert "Ada  adjusted: settled: right\n" in history
    assert "Ada  withdrawn: settled\n" in history
    assert "Ada  adjusted: total: 2 points, lab\n" in history


def test_the_whole_mark_can_be_set(graded: Batch) -> None:
    ran = graded("adjust", "ann", "total", "4", "--why", "shown in class", "--in", "out")

    assert "ann: 4 of 6" in ran.out


def test_a_student_is_found_by_name_or_address(graded: Batch, tmp_path: Path) -> None:
    book = open_gradebook(tmp_path / "out", "ta")
    book.know([Student("ann", "Ann Lee", {"email": "Ann@host.example"})])
    book.close()

    for given in ("Ann Lee", "ann lee", "ann@host.example"):
        told = graded("adjust", given, "total", "4", "--why", "x", "--in", "out").out
        assert told.startswith("Ann Lee (ann): 4 of 6")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("anne", "results", "1", "--why", "x"), "Closest: ann"),
        (("ann", "rseults", "1", "--why", "x"), "Closest: results"),
        (("ann", "results", "1"), "--why"),
        (("ann", "results", "1.5", "--why", "x"), "at most 1 point,"),
        (("ann", "total", "7", "--why", "x"), "at most 6 points"),
        (("ann", "total", "--why", "x"), "are missing"),
        (("ann", "results", "-1", "--why", "x"), "-1"),
        (("ann", "results", "nan", "--why", "x"), "no number of points"),
        (("ann", "results", "one", "--why", "x"), "no number of points"),
        (("ann", "results", "1e99999", "--why", "x"), "no number of points"),
        (("ann", "--why", "x"), "missing"),
        (("ann", "--settle", "--why", "x"), "needs no review"),
        (("ann", "results", "1", "--withdraw"), "Leave out the points"),
        (("ann", "results", "1", "--why", "x", "--exercise", "word_count"), "async_map"),
    ],
)
def test_what_cannot_be_adjusted_is_told_and_changes_nothing(
    graded: Batch, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    ran = graded("adjust", *arguments, "--in", "out")

    book = open_gradebook(tmp_path / "out", "ta")
    held_now = book.adjustments()
    book.close()
    assert ran.code == 2
    assert words in ran.err
    assert held_now == ()


def test_someone_without_a_grade_can_only_be_given_a_whole_mark(grade: Batch, intake: list[Any]) -> None:
    intake.append({"missing": (Student("fay"),)})
    grade("batch", "subs", "--out", "out")

    refused = grade("adjust", "fay", "results", "1", "--why", "by mail", "--in", "out")
    ran = grade("adjust", "fay", "total", "5", "--why", "by mail", "--in", "out")

    assert refused.code == 2
    assert "grade adjust fay total POINTS" in refused.err
    assert "fay: 5 of 6" in ran.out
