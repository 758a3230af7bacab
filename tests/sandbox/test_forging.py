"""Programs that forge results, graded for real: none earns the point, and the report says what was seen.

Each file in ``attacks/forging`` is a submission to ``async_map`` without the part that prints, which is added here.
Its first line names the attacks by their numbers in ``docs/security.md``, its second one what the report has to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.model.answers import Said
from grader.model.grade import Grade
from grader.model.result import Verdict
from grader.model.run import Ended, Observation, Sandbox
from grader.testing import grade_file
from tests.sandbox.conftest import SANDBOXES, WALLED, make_request

pytestmark = pytest.mark.slow

FORGING = Path(__file__).with_name("attacks") / "forging"
PROGRAMS = sorted(FORGING.glob("*.py"))
ONE_WALLED = next((name for name in ("jail", "uid", "landlock") if name in WALLED), None)
GRADED_IN = ["practice", *([ONE_WALLED] if ONE_WALLED else [])]
PRINTS = """

if __name__ == "__main__":
    for name in ("add", "product"):
        for i in range(1, 11):
            print(f"Worker 100 is processing {name}({i}, {i + 10})")
    print("All the jobs are submitted, now we wait for results...")
    print("The sum of all additions is 210")
    print("The sum of all products is 935")
"""
SUM = [{"function": "add", "arguments": [2, 3]}]
SUMS = [{"function": "add", "arguments": [number, 1]} for number in range(4)]
HONEST = "def add(a, b):\n    return a + b\n"


@pytest.fixture(params=GRADED_IN)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Without walls and with the strongest ones. After each attack an honest program is answered for in it."""
    backend = SANDBOXES[request.param]()

    yield backend

    assert [answer.value for answer in backend.run(make_request(HONEST, mode="import", questions=SUM)).answers] == [5]


@pytest.fixture
def ask(sandbox: Sandbox) -> Callable[..., Observation]:
    return lambda code, **options: sandbox.run(make_request(code, mode="import", **options))


def told(grade: Grade) -> str:
    return "\n".join([*grade.review_reasons, *(f"{check.headline} {check.detail}" for check in grade.checks)])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_a_forged_result_earns_nothing_and_is_told(program: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    source = program.read_text(encoding="utf-8")
    says = source.splitlines()[1].removeprefix("# results: ").split("; ")
    submission = tmp_path / "async_map.py"
    submission.write_text(source + PRINTS, encoding="utf-8")

    grade = grade_file(submission, "async_map", sandbox=sandbox)

    results = next(check for check in grade.checks if check.id == "results")
    assert (results.verdict, results.points) == (Verdict.FAILED, 0)
    assert [part for part in says if part not in told(grade)] == []


def test_hard_coded_totals_fail_on_unseen_files_whoever_asks(sandbox: Sandbox, tmp_path: Path) -> None:
    submission = tmp_path / "countwords.py"
    submission.write_text(  # 68, 74
        "import sys\nif __name__ == '__main__':\n    if any('pargrade' in word for word in sys.orig_argv):\n"
        "        print('the == 27378\\nand == 26082')\n"
    )

    grade = grade_file(submission, "word_count", sandbox=sandbox)

    assert sum(check.points for check in grade.checks if check.id in ("counts", "pool-map", "workers")) == 0


def test_modules_beside_the_script_are_not_taken_for_the_real_ones(ask: Callable[..., Observation]) -> None:
    files = {f"{name}.py": b"raise SystemExit('taken')" for name in ("json", "random", "sitecustomize", "atexit")}

    seen = ask(HONEST, questions=SUM, files={**files, "concurrent/__init__.py": b"raise SystemExit('taken')"})  # 66

    assert [answer.value for answer in seen.answers] == [5]


def test_a_program_without_functions_is_asked_and_explained(ask: Callable[..., Observation]) -> None:
    seen = ask("print('side effects only')", questions=SUM)  # 67

    assert [answer.said for answer in seen.answers] == [Said.MISSING]


def test_a_function_that_hangs_meets_the_limit_and_earlier_answers_count(ask: Callable[..., Observation]) -> None:
    code = "import time\ndef add(a, b):\n    while a == 2: time.sleep(1)\n    return a + b"

    seen = ask(code, questions=SUMS, wall_s=2.0)

    assert seen.ended is Ended.TIMED_OUT
    assert [answer.said for answer in seen.answers] == [Said.VALUE, Said.VALUE, Said.UNANSWERED, Said.NOT_ASKED]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_cannot_write_to_the_descriptor_of_the_answers(ask: Callable[..., Observation], method: str) -> None:
    code = """
        import os, stat
        from concurrent.futures import ProcessPoolExecutor

        def forge(_):
            for number in range(3, 64):
                try:
                    if stat.S_ISSOCK(os.fstat(number).st_mode):
                        os.write(number, b'{"id": 0, "value": 5}\\n')
                except OSError:
                    pass

        def add(a, b):
            with ProcessPoolExecutor(1) as pool:
                list(pool.map(forge, [1]))
            child = os.fork()
            if child == 0:
                forge(0)
                os._exit(0)
            os.waitpid(child, 0)
            return a + b
    """

    seen = ask(code, questions=SUMS, start_method=method)

    assert [answer.value for answer in seen.answers] == [1, 2, 3, 4]


def test_nothing_is_asked_before_the_import_is_over(ask: Callable[..., Observation]) -> None:
    code = "import os\nos._exit(0)"

    seen = ask(code, questions=SUM)

    assert [answer.said for answer in seen.answers] == [Said.NOT_ASKED]


LONG = [{"function": "length", "arguments": ["a" * (1 << 20)]}]


def test_a_question_larger_than_any_buffer_is_asked_and_answered(ask: Callable[..., Observation]) -> None:
    seen = ask("def length(text):\n    return len(text)", questions=LONG)

    assert [answer.value for answer in seen.answers] == [1 << 20]


def test_a_program_that_never_reads_its_question_meets_the_limit(ask: Callable[..., Observation]) -> None:
    code = """
        import os, stat, time
        for number in range(3, 64):
            try:
                if stat.S_ISSOCK(os.fstat(number).st_mode):
                    os.write(number, b'{"ready": true}\\n')
            except OSError:
                pass
        time.sleep(60)
    """

    seen = ask(code, questions=LONG, wall_s=1.5)

    assert seen.ended is Ended.TIMED_OUT
    assert [answer.said for answer in seen.answers] == [Said.UNANSWERED]


FORGED_MAPS = """
import os, json
def write(**event):
    for number in range(3, 64):
        try:
            os.write(number, json.dumps(event).encode() + b"\\n")
        except OSError:
            pass

if __name__ == "__main__":
    write(type="pool", pool=1, kind="process", workers=4, start_method="fork", line=1, column=0, at=0.1)
    for call, name in ((1, "add"), (2, "product")):
        write(type="map", call=call, pool=1, kind="process", method="map", function=name, module="__main__", items=10,
              chunks=5, chunksize=2, explicit=True, line=2, column=0, at=0.1)
        for index in range(5):
            write(type="chunk", call=call, index=index, first=2 * index, count=2, pid=os.getpid() + 1 + index % 2,
                  start=0.1, end=0.2, cpu_s=0.1)
        write(type="consumed", call=call, what="first", at=0.3)

def add(a, b):
    return a + b

def product(a, b):
    return a * b
"""


@pytest.mark.skipif(ONE_WALLED is None, reason="no sandbox with walls holds here")
def test_maps_that_were_only_told_earn_nothing_where_the_queue_is_read(tmp_path: Path) -> None:
    submission = tmp_path / "async_map.py"
    submission.write_text(FORGED_MAPS + PRINTS)  # 69

    grade = grade_file(submission, "async_map", sandbox=WALLED[str(ONE_WALLED)]())

    earned = {check.id for check in grade.checks if check.points}
    assert not earned & {"two-maps", "chunksize", "asynchronous"}
    assert "no map at all" in told(grade)
