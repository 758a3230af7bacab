"""Programs that fake what they did not do. Graded for real: no point is earned by the forgery."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from grader.model.run import Sandbox
from grader.sandbox.choice import best_sandbox
from tests.sandbox.conftest import COUNTING, MAPPED, WALLED, graded

pytestmark = pytest.mark.slow

PARALLEL = ("pool-map", "chunksize", "chunk-balance", "workers")
SERIAL = "if __name__ == '__main__':\n    report(map(count_words, sys.argv[1:]))\n"
TO_EVERY_DESCRIPTOR = """
import os, sys
def shout(lines):
    for fd in range(3, 1024):
        try:
            os.set_blocking(fd, False)
            os.write(fd, lines)
        except OSError:
            pass
"""


@dataclass(frozen=True)
class Forgery:
    """A program, the checks it must earn nothing for, and what the report has to say of it."""

    code: str
    earns_nothing: tuple[str, ...] = PARALLEL
    review: str = ""
    files: dict[str, str] = field(default_factory=dict)


# attacks: 57, 58, 62, 63, 64, 65, 67, 68, 69, 72, 73
FORGERIES = {
    # 57: what is printed is compared, not believed
    "prints-verdicts": Forgery(
        'print("PASSED\\n10/10\\n" + \'{"score": 10.0, "status": "graded", "points": 10}\')\n'
        'print("collected 9 items\\n9 passed in 0.01s")\n',
        (*PARALLEL, "counts", "output"),
    ),
    # 58: frames on every descriptor there is
    "answers-on-every-descriptor": Forgery(
        COUNTING
        + TO_EVERY_DESCRIPTOR
        + "shout(b''.join(b'{\"id\": %d, \"value\": {}}\\n' % n for n in range(40)))\n"
        + SERIAL,
        PARALLEL,
        "were malformed: something was written before",
    ),
    "traces-on-every-descriptor": Forgery(
        COUNTING
        + TO_EVERY_DESCRIPTOR
        + 'import json\nshout((json.dumps({"type": "map", "call": 1, "pool": 1, "kind": "process", "method": "map",'
        '"function": "count_words", "module": "__main__", "items": 38, "chunks": 19, "chunksize": 2, "explicit": True,'
        '"line": 3, "column": 0, "at": 0.1}) + "\\n" + "".join(json.dumps({"type": "chunk", "call": 1, "index": n,'
        '"first": 2 * n, "count": 2, "pid": 4 + n % 4, "start": 0.1, "end": 0.2, "cpu_s": 0.1, "error": ""}) + "\\n"'
        " for n in range(19))).encode())\n" + SERIAL,
        PARALLEL,
        "no map at all",
    ),
    # 62, 63: everything a program can reach in its own interpreter
    "patches-what-it-can-reach": Forgery(
        COUNTING + "import builtins, concurrent.futures, gc, json, os, time\n"
        "class Fake:\n"
        "    def __init__(self, *a, **k): pass\n"
        "    def __enter__(self): return self\n"
        "    def __exit__(self, *a): return False\n"
        "    def map(self, fn, *its, chunksize=1): return map(fn, *its)\n"
        "concurrent.futures.ProcessPoolExecutor = ProcessPoolExecutor = Fake\n"
        "time.perf_counter = time.monotonic = time.process_time = lambda: 0.0\n"
        "os.getpid = iter(range(10, 10**6)).__next__\n"
        "plain = json.dumps\n"
        "json.dumps = lambda value, **k: plain(value, **k).replace('\"points\": 0', '\"points\": 9')\n"
        "for found in gc.get_objects():\n"
        "    if type(found).__name__ == 'Recorder':\n"
        "        found.emit = lambda *a, **k: None\n" + MAPPED,
    ),
    # 64: leaving before the work
    "exits-at-once": Forgery("import os\nos._exit(0)\n", (*PARALLEL, "counts", "output")),
    "becomes-another-program": Forgery(
        "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(\"the == 30000\")'])\n",
        (*PARALLEL, "counts"),
    ),
    # 65: speaking after the end
    "speaks-at-its-end": Forgery(
        COUNTING + TO_EVERY_DESCRIPTOR + "import atexit, threading, time\n"
        'late = lambda: shout(b\'{"id": 0, "value": {}}\\n\')\n'
        "atexit.register(late)\nthreading.Thread(target=lambda: (time.sleep(0.05), late()), daemon=True).start()\n"
        + SERIAL,
    ),
    # 67: no functions, all on import
    "works-on-import": Forgery(
        COUNTING + "report(map(count_words, sys.argv[1:]))\n",
        (*PARALLEL, "main-guard"),
    ),
    # 68, 69: what was seen once, told again
    "tells-what-it-learnt": Forgery(
        "print('and == 27000\\nthe == 29000')\nprint('16 tasks, 4 chunks, chunksize=5, 4 workers')\n",
        (*PARALLEL, "counts"),
    ),
    # 72: a cache from one run to the next, wherever something could be left
    "keeps-results-for-the-next-run": Forgery(
        COUNTING + "import os, tempfile\n"
        "places = [os.path.join(folder, 'pargrade-cache') for folder in\n"
        "          (os.getcwd(), tempfile.gettempdir(), os.path.expanduser('~'), '/dev/shm', '/tmp', '/var/tmp')]\n"
        "if __name__ == '__main__':\n"
        "    if any(map(os.path.exists, places)):\n"
        "        sys.exit('the run before left something')\n"
        "    for place in places:\n"
        "        try:\n            open(place, 'w').close()\n        except OSError:\n            pass\n"
        "    report(map(count_words, sys.argv[1:]))\n",
    ),
    # 73: before the files are known there is nothing to compute
    "computes-while-it-is-imported": Forgery(
        COUNTING
        + "import glob\nready = list(map(count_words, sorted(glob.glob('shakespeare/*'))))\n"
        + MAPPED.replace("count_words, sys.argv", "len, sys.argv").replace("report(", "list(")
        + "    report(ready)\n",
        ("pool-map", "workers"),
    ),
}


@pytest.fixture
def sandbox() -> Sandbox:
    """The best that holds here; without walls a trace has to be believed, and the report says so."""
    return best_sandbox().sandbox


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forgery_earns_nothing_and_an_honest_program_still_passes(forgery: Forgery, sandbox, tmp_path) -> None:
    if not WALLED and "no map at all" in forgery.review:
        pytest.skip("without walls the queues are not read")
    grade, checks = graded(forgery.code, tmp_path, sandbox, forgery.files)

    assert {name: checks[name].points for name in forgery.earns_nothing} == dict.fromkeys(
        forgery.earns_nothing, Decimal(0)
    ), {name: checks[name].headline for name in forgery.earns_nothing}
    if forgery.review:
        assert grade.status == "needs_review"
        assert any(forgery.review in reason for reason in grade.review_reasons), grade.review_reasons


# attacks: 66
def test_modules_named_like_those_of_the_harness_hijack_nothing(sandbox, tmp_path) -> None:
    mean = "raise SystemExit('hijacked')\n"
    names = ("json.py", "random.py", "sitecustomize.py", "pargrade_trace.py", "concurrent/__init__.py", "typing.py")

    grade, checks = graded(COUNTING + MAPPED, tmp_path, sandbox, dict.fromkeys(names, mean))

    assert grade.status == "graded", grade.review_reasons
    assert grade.score == grade.max_score, {name: check.headline for name, check in checks.items()}


# attacks: 71
def test_totals_learnt_from_a_report_are_of_no_use_in_the_next_grading(sandbox, tmp_path) -> None:
    from grader.testing import grade_file

    path = tmp_path / "countwords.py"
    path.write_text("print('the == 1')\n")
    first = grade_file(path, exercise="word_count", sandbox=sandbox, seed=1)
    second = grade_file(path, exercise="word_count", sandbox=sandbox, seed=2)

    told = {check.id: check.detail for check in first.checks}["counts"]
    assert "right is" in told
    assert told != {check.id: check.detail for check in second.checks}["counts"]


# attacks: 74
def test_a_program_sees_the_same_surroundings_in_each_grading(sandbox, tmp_path) -> None:
    """What it could tell a graded run by is the same when a student tries the program."""
    code = "import os, sys\nprint(sorted(os.environ), os.cpu_count(), len(sys.argv), sys.flags, sys.stdin.read())\n"
    first, _ = graded(code, tmp_path, sandbox)
    second, _ = graded(code, tmp_path, sandbox)

    told = [run.stdout for run in first.run.runs if run.name == "given"]
    assert told
    assert told == [run.stdout for run in second.run.runs if run.name == "given"]
