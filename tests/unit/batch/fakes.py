"""Stand-ins for the parts of a batch: an intake of plain folders, workers in this process, ready values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.batch.handin import HandIn, Intake
from grader.batch.marks import Case
from grader.batch.records import Entry, Student, Work
from grader.batch.task import Outcome, Setup, Task
from grader.model.grade import Grade
from grader.report.json import dump
from grader.testing import a_grade

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SETUP = Setup("word_count", "e" * 64, 42, grader_version="1.0")


def a_hand_in(student: str, program: bytes = b"print()\n", **changes: Any) -> HandIn:
    fields: dict[str, Any] = {
        "student": Student(student),
        "file": "my_script.py",
        "source": f"{student}/my_script.py",
        "sha256": hashlib.sha256(program).hexdigest(),
        "read": lambda: {"my_script.py": program},
    }
    return HandIn(**fields | changes)


def a_task(student: str, setup: Setup = SETUP, program: bytes = b"print()\n") -> Task:
    work = Work(student, setup.exercise, f"{student}.py", "a" * 64, setup.exercise_sha256, setup.grader_version)
    return Task(work, "my_script.py", {"my_script.py": program}, setup, Case(Student(student), setup.exercise))


def an_entry(student: str = "ann", grade: Grade | None = None, **changes: Any) -> Entry:
    """The entry of a grade, or of an error without one."""
    work = Work(student, "word_count", f"{student}.py", "a" * 64, "e" * 64, "1.0", changes.pop("submitted_at", None))
    if grade is None:
        fields: dict[str, Any] = {"outcome": "errored", "score": None, "max_score": None, "receipt": None}
    else:
        fields = {
            "outcome": grade.status,
            "score": grade.score,
            "max_score": grade.max_score,
            "receipt": dump(grade),
        }
    return Entry(**{"work": work, "graded_at": NOON, "seconds": 1.0} | fields | changes)


def an_outcome(task: Task, score: Decimal = Decimal(1)) -> Outcome:
    grade = a_grade()
    return Outcome(Entry(task.work, "graded", score, grade.max_score, dump(grade), NOON, 0.1))


class InlineWorkers:
    """Does each task at once, in this process. A task whose worker dies is one for which ``work`` raises ``Died``."""

    class Died(Exception):
        pass

    lost: tuple[type[BaseException], ...] = (Died,)

    def __init__(self, work: Callable[[Task], Outcome] = an_outcome, size: int = 2) -> None:
        self.work = work
        self.size = size
        self.begun: list[str] = []
        self.closed = False

    def submit(self, task: Task) -> Future[Outcome]:
        self.begun.append(task.key)
        future: Future[Outcome] = Future()
        try:
            future.set_result(self.work(task))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future

    def give_up(self, future: Future[Outcome]) -> None:
        raise AssertionError("nothing takes long here")

    def close(self) -> None:
        self.closed = True


def folder_intake(paths: Sequence[Path], *_: object) -> Intake:
    """One student a file: ``ann.py`` is ann's."""
    files = sorted(file for path in paths for file in path.iterdir() if file.suffix in (".py", ".ipynb"))
    return Intake("files", tuple(_of_file(file) for file in files))


def _of_file(file: Path) -> HandIn:
    program = file.read_bytes()
    return a_hand_in(file.stem, program, file=file.name, source=str(file), read=lambda: {file.name: program})
