"""The pytest plugin: ``pytest --submission my_script.py exercises/word_count`` shows each check as a test.

Without ``--submission`` it adds its options and does nothing. What it needs of the grader is imported when it is used.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.model.grade import Grade
    from grader.report.view import Row

_EXERCISE_FILE = "exercise.toml"
_SHARED = "pargrade_shared"
_GRADE = "grade"
"""The name of the test that stands for the grade as a whole."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options."""
    group = parser.getgroup("pargrade", "grading of parallel Python exercises")
    group.addoption(
        "--submission",
        action="append",
        default=[],
        metavar="FILE",
        help="grade this script or notebook with the exercise folders that are collected; can be given several times",
    )
    group.addoption("--submission-quick", action="store_true", help="smaller inputs and no slow measurements")
    group.addoption(
        "--submission-graded", action="store_true", help="refuse to run without walls around other people's code"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to collect exercises, if there is something to grade."""
    named: list[str] = config.getoption("submission")
    if named:
        config.pluginmanager.register(_Plugin(config, named), "pargrade-submissions")


@dataclass(frozen=True)
class _Wanted:
    """One submission for one exercise folder."""

    submission: Path
    folder: Path
    exercise: str

    @property
    def key(self) -> str:
        """A name for a file, the same in every process."""
        return hashlib.sha256(f"{self.folder}\0{self.submission}".encode("utf-8", "surrogateescape")).hexdigest()


class _Plugin:
    """Collects exercise folders, and grades each submission once for all processes of the run."""

    def __init__(self, config: pytest.Config, named: list[str]) -> None:
        given: dict[str, Any] | None = getattr(config, "workerinput", None)  # in a worker of xdist
        start = config.invocation_params.dir
        self.submissions = {(start / name).resolve(): name for name in named}
        if given is None:
            _must_be_files(self.submissions)
        self._is_worker = given is not None
        self._shared = Path(given[_SHARED]) if given else Path(tempfile.mkdtemp(prefix="pargrade-pytest-"))
        self._quick: bool = config.getoption("submission_quick")
        self._graded: bool = config.getoption("submission_graded")
        self._found = False
        self._grades: dict[str, Grade] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where the grades are shared."""
        node.workerinput[_SHARED] = str(self._shared)

    def pytest_unconfigure(self) -> None:
        """Remove what was shared."""
        if not self._is_worker:
            shutil.rmtree(self._shared, ignore_errors=True)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """An exercise folder is known by its description."""
        if file_path.name != _EXERCISE_FILE:
            return None
        self._found = True
        return _ExerciseFile.from_parent(parent, path=file_path, plugin=self)

    def pytest_collection_modifyitems(self) -> None:
        """A submission without an exercise is a mistake in the command."""
        if not self._found and not self._is_worker:
            raise pytest.UsageError(
                "--submission needs the folder of an exercise, for example: "
                "pytest --submission my_script.py exercises/word_count"
            )

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, None]:
        """What is skipped is skipped at the exercise, not in this module."""
        report = (yield).get_result()
        if isinstance(item, _CheckItem) and report.skipped and isinstance(report.longrepr, tuple):
            report.longrepr = (str(item.path), 1, report.longrepr[2])

    def grade(self, wanted: _Wanted) -> Grade:
        """The grade of this submission, made by whichever process asks first.

        Raises:
            PargradeError: It could not be graded; every process is told the same.
        """
        found = self._grades.get(wanted.key)
        if found is None:
            with _alone(self._shared / f"{wanted.key}.lock"):
                found = _kept(self._shared / f"{wanted.key}.json", lambda: self._make(wanted))
            self._grades[wanted.key] = found
        return found

    def _make(self, wanted: _Wanted) -> Grade:
        from grader import grade

        return grade(
            wanted.submission,
            exercise=wanted.exercise,
            exercises=wanted.folder.parent,
            quick=self._quick,
            graded=self._graded,
            speed=False,
        )


def _must_be_files(submissions: dict[Path, str]) -> None:
    for path, name in submissions.items():
        if path.is_dir():
            raise pytest.UsageError(f"--submission {name!r} is a folder: give the script or notebook in it")
        if not path.is_file():
            raise pytest.UsageError(f"--submission {name!r}: there is no such file")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process is in here."""
    import fcntl  # not on every system on which pytest may load this module

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed, also by a process that is killed
        yield


def _kept(path: Path, make: Callable[[], Grade]) -> Grade:
    """The grade in this file; if there is no such file, one that is made now and kept there."""
    from grader.errors import PargradeError
    from grader.report.json import dump, parse

    if not path.exists():
        try:
            text = dump(make())
        except PargradeError as error:
            text = json.dumps({"error": error.message, "hint": error.hint})
        except Exception as error:  # noqa: BLE001  a traceback of ours helps no student
            text = json.dumps({"error": f"pargrade failed: {type(error).__name__}: {error}", "hint": ""})
        beside = path.with_suffix(".new")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)  # whole or not at all: a worker may be killed
    text = path.read_text(encoding="utf-8")
    data = json.loads(text)
    if "error" in data:
        raise PargradeError(data["error"], data["hint"])
    return parse(text)


class _ExerciseFile(pytest.File):
    """The exercise folder: all submissions for it."""

    def __init__(self, *, plugin: _Plugin, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plugin = plugin

    def collect(self) -> Iterator[pytest.Collector]:
        """One collector for each submission."""
        from grader.catalog import read_spec
        from grader.errors import PargradeError, printable

        try:
            spec = read_spec(self.path.parent)
        except PargradeError as error:
            raise self.CollectError(_both(error)) from error
        checks = {check.id: check.title for check in spec.checks}
        for path, name in self.plugin.submissions.items():
            yield _Submission.from_parent(
                self,
                name=printable(name).replace("::", "..").replace("[", "("),
                plugin=self.plugin,
                wanted=_Wanted(path, self.path.parent.resolve(), spec.id),
                checks=checks,
            )


class _Submission(pytest.Collector):
    """One submission: its checks, and the grade as a whole."""

    def __init__(self, *, plugin: _Plugin, wanted: _Wanted, checks: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plugin = plugin
        self.wanted = wanted
        self.checks = checks

    def collect(self) -> Iterator[pytest.Item]:
        """Nothing is graded yet: the exercise tells what there will be."""
        for check, title in self.checks.items():
            yield _CheckItem.from_parent(self, name=check, title=title)
        yield _GradeItem.from_parent(self, name=_GRADE)


class _Item(pytest.Item):
    """A test that looks at the grade of a submission."""

    def graded(self) -> Grade:
        """The grade; where there is none, this test is an error."""
        from grader.errors import PargradeError

        parent = self.getparent(_Submission)
        if parent is None:  # no such item is made elsewhere
            raise RuntimeError(self.nodeid)
        try:
            return parent.plugin.grade(parent.wanted)
        except PargradeError as error:
            pytest.fail(_told(_both(error)), pytrace=False)

    def note(self, **properties: object) -> None:
        """Properties of the test, as JUnit XML has them."""
        self.user_properties.extend(properties.items())

    def runtest(self) -> None:
        """Everything that is no error was decided in ``setup``."""


class _CheckItem(_Item):
    """One check."""

    def __init__(self, *, title: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.title = title
        self.outcome: Callable[[], None] = lambda: None

    def setup(self) -> None:
        """Look up what the check concluded. An error of the grader is one of the test."""
        from grader.model.result import Verdict
        from grader.report.view import build_view

        grade = self.graded()
        pairs = zip(grade.checks, build_view(grade).rows, strict=True)
        check, row = next((pair for pair in pairs if pair[0].id == self.name), (None, None))
        if check is None or row is None:
            pytest.fail(f"The grade has no check {self.name!r}.", pytrace=False)
        self.note(
            check=check.id,
            verdict=check.verdict.value,
            points=float(check.points),
            max_points=float(check.max_points),
        )
        match check.verdict:
            case Verdict.PASSED:
                pass
            case Verdict.FAILED | Verdict.PARTIAL:
                self.outcome = lambda: pytest.fail(_explained(row), pytrace=False)
            case Verdict.SKIPPED | Verdict.INCONCLUSIVE:
                self.outcome = lambda: pytest.skip(_told(f"{row.word}: {row.headline}"))
            case Verdict.ERRORED:
                pytest.fail(_explained(row), pytrace=False)

    def runtest(self) -> None:
        """Pass, fail or be skipped."""
        self.outcome()

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The heading above a failure."""
        return self.path, None, f"{self.name}: {self.title}"


class _GradeItem(_Item):
    """Whether the grade may be used as it stands. It is no matter of points: full marks are not asked for."""

    def setup(self) -> None:
        """A grade that a person has to look at is an error, so that no run is green by it."""
        from grader.report.view import build_view

        grade = self.graded()
        view = build_view(grade)
        self.note(status=grade.status.value, score=view.score, max_score=view.max_score, sandbox=view.sandbox)
        if view.status_line:
            pytest.fail(_told("\n".join([f"{view.status_line}:", *view.reviews])), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The heading above an error."""
        return self.path, None, "the grade as a whole"


def _explained(row: Row) -> str:
    from grader.report.plain import explain

    return _told(f"{explain(row)}\npoints: {row.points or 'none to earn'}")


def _told(text: str) -> str:
    """The text as it may stand in the log of a CI job."""
    from grader.report.visible import without_commands

    return without_commands(text)


def _both(error: Any) -> str:
    from grader.report.visible import escape_hidden

    return escape_hidden("\n".join(part for part in (error.message, error.hint) if part))
