"""Programs that look parallel and are not, and honest ones that look odd. Graded for real, by what the kernel saw.

What is needed of the work is counted in runs over all files, so that the machine's speed does not matter.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.loading import load
from grader.model.measurement import Who
from grader.model.run import Guarantee, Sandbox
from grader.pipeline import Settings, Workbench, grade_submission
from grader.sandbox.choice import best_sandbox
from grader.sandbox.practice import PracticeSandbox
from tests.sandbox.conftest import COUNTING, MAPPED

pytestmark = pytest.mark.slow

GUARD = "if __name__ == '__main__':\n    files = sys.argv[1:]\n"


def main_part(*lines: str) -> str:
    return GUARD + "".join(f"    {line}\n" for line in lines)


@dataclass(frozen=True)
class Cheat:
    """A program, the verdict of ``workers``, its cause, and what a person is told where all processes were seen."""

    code: str
    verdict: str = "failed"
    cause: str = ""
    review: str = ""
    map_cause: str = ""
    """What is found of the map where that matters."""


EVERYTHING = """
def everything(files, kept):
    counts = reduce(reduce_dicts, map(count_words, files), {})
    return counts if kept else {}
"""

QUICKLY = """
from collections import Counter

def quickly(files):
    tokens = Counter()
    for file in files:
        tokens.update(open(file, encoding="utf-8").read().lower().split())
    counts = {}
    for token, times in tokens.items():
        if match := re.search(r"[a-z\\-]+", token):
            counts[match.group()] = counts.get(match.group(), 0) + times
    return counts

def spin(file):
    count_words(file)

"""

# attacks: 76, 77, 78, 79, 80, 82, 119, 127, 150, 153, 154
CHEATS = {
    # 76
    "dummy-map": Cheat(
        main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(abs, range(40), chunksize=5))",
            "report(map(count_words, files))",
        ),
        cause="no-worker",
    ),
    # 77
    "sleeping-workers": Cheat(
        "import time\n"
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(time.sleep, [0.02] * 40, chunksize=5))",
            "report(map(count_words, files))",
        ),
        cause="no-worker",
    ),
    "spinning-workers": Cheat(
        "def spin(file):\n    count_words(file), count_words(file), count_words(file)\n"
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(spin, files, chunksize=2))",
            "report(map(count_words, files))",
        ),
        "inconclusive",
        review="the workers handed back",
    ),
    "one-works-three-spin": Cheat(
        EVERYTHING
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    report(pool.map(everything, [files] * 4, [True, False, False, False], chunksize=1))",
        ),
        "inconclusive",
        review="used as much CPU time as all of the work takes",
    ),
    # 119
    "work-in-a-helper": Cheat(
        "import json, subprocess\n"
        'SERIAL = \'import sys; sys.path.append("."); import countwords as c, json; '
        "all = [c.reduce(c.reduce_dicts, map(c.count_words, sys.argv[2:]), {}) for _ in range(3)]; "
        "print(json.dumps(all[0]))'\n"
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(abs, range(40), chunksize=5))",
            "helper = [sys.executable, '-c', SERIAL, 'multiprocessing.resource_tracker', *files]",
            "report([json.loads(subprocess.run(helper, capture_output=True).stdout)])",
        ),
        cause="no-worker",
    ),
    # 127
    "children-beside-the-pool": Cheat(
        main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(abs, range(40), chunksize=5))",
            "parts = []",
            "for files in (files[0::4], files[1::4], files[2::4], files[3::4]):",
            "    parts.append(os.pipe())",
            "    if os.fork() == 0:",
            "        counts = reduce(reduce_dicts, map(count_words, files), {})",
            "        with open(parts[-1][1], 'w') as out:",
            "            json.dump(counts, out)",
            "        os._exit(0)",
            "    os.close(parts[-1][1])",
            "    parts[-1] = json.load(open(parts[-1][0]))",
            "report(parts)",
        ).replace("if __name__", "import json, os\nif __name__", 1),
        "passed",
        map_cause="dummy-map",
    ),
    # 150
    "counts-in-a-shorter-way": Cheat(
        QUICKLY
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(spin, files, chunksize=2))",
            "report([quickly(files)])",
        ),
        "inconclusive",
        review="the workers handed back",
    ),
    # 153
    "a-second-main-process": Cheat(
        QUICKLY
        + main_part(
            "if (child := os.fork()) == 0:",
            "    report([quickly(files)])",
            "    with ProcessPoolExecutor(4) as pool:",
            "        list(pool.map(spin, files, chunksize=2))",
            "    sys.stdout.flush()",
            "    os._exit(0)",
            "os.waitpid(child, 0)",
        ).replace("if __name__", "import os\nif __name__", 1),
        "inconclusive",
        review="the workers handed back",
    ),
    # 154
    "an-exit-code-of-its-own": Cheat(
        main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    list(pool.map(abs, range(40), chunksize=5))",
            "report(map(count_words, files))",
            "sys.exit(3)",
        ),
        "skipped",
    ),
    # 78
    "one-chunk": Cheat(
        main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    report(pool.map(count_words, files, chunksize=len(files)))",
        ),
        cause="one-worker",
    ),
    # 79
    "threads": Cheat(
        "from concurrent.futures import ThreadPoolExecutor\n"
        + main_part("with ThreadPoolExecutor(4) as pool:", "    report(pool.map(count_words, files))"),
        cause="no-worker",
    ),
    # 80
    "one-of-one": Cheat(MAPPED.replace("ProcessPoolExecutor(4)", "ProcessPoolExecutor(1)"), cause="one-worker"),
    "many-workers": Cheat(MAPPED.replace("ProcessPoolExecutor(4)", "ProcessPoolExecutor(20)"), "passed"),
    # 82
    "everyone-does-everything": Cheat(
        EVERYTHING
        + main_part(
            "with ProcessPoolExecutor(4) as pool:",
            "    found = list(pool.map(everything, [files] * 4, [True] * 4, chunksize=1))",
            "report(found[:1])",
        ),
        "inconclusive",
        review="used as much CPU time as all of the work takes",
    ),
}


BOXES = {"practice": PracticeSandbox, "best": lambda: best_sandbox().sandbox}
GIVEN = re.compile(r"# The plays the student has on disk\.\n\[\[runs\]\]\n(?:\w+ = .*\n)+")


@pytest.fixture(scope="module")
def exercises(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The word count without the run on the known plays, and with time enough for a machine that does other things."""
    root = tmp_path_factory.mktemp("exercises")
    shutil.copytree(bundled("exercises") / "word_count", root / "word_count")
    path = root / "word_count" / "exercise.toml"
    spec, left_out = GIVEN.subn("", path.read_text())
    assert left_out == 1
    path.write_text(spec.replace("wall_s = 20.0", "wall_s = 110.0"))
    return root


class Graded:
    """The grade of a program under one of the sandboxes."""

    def __init__(self, code: str, box: str, folder: Path, exercises: Path, files: Mapping[str, str]) -> None:
        for name, content in files.items():
            (folder / name).write_text(content)
        path = folder / "countwords.py"
        path.write_text(COUNTING + code)
        sandbox: Sandbox = BOXES[box]()
        bench = Workbench(Catalog(exercises, CHECKS), CHECKS, sandbox, lambda: datetime.now(UTC))
        # Forked, on every Python: what starting interpreters costs would hide the work on inputs as small as these.
        self.grade = grade_submission(load(path), Settings(20_260_131, True, "word_count", "fork"), bench)
        self.checks = {check.id: check for check in self.grade.checks}
        self.exact = Guarantee.PROCESS_TABLE in sandbox.guarantees().given

    @property
    def workers(self) -> tuple[str, str]:
        return self.checks["workers"].verdict.value, self.checks["workers"].cause

    @property
    def told(self) -> str:
        return " ".join((*(check.headline for check in self.checks.values()), *self.grade.review_reasons))


GradedIn = Callable[..., Graded]


@pytest.fixture
def graded_in(tmp_path: Path, exercises: Path) -> GradedIn:
    return lambda code, box="best", files=None: Graded(code, box, tmp_path, exercises, files or {})


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
def test_work_that_was_not_shared_is_not_called_shared(cheat: Cheat, graded_in: GradedIn) -> None:
    seen = graded_in(cheat.code)

    assert seen.workers == (cheat.verdict, cheat.cause), seen.told
    assert seen.checks["pool-map"].cause == cheat.map_cause or not cheat.map_cause, seen.told
    assert seen.checks["pool-map"].verdict == cheat.verdict or cheat.verdict != "skipped", seen.told
    assert seen.checks["counts"].verdict == "passed", seen.told
    if seen.exact:
        reviewed = any(cheat.review in reason for reason in seen.grade.review_reasons) if cheat.review else False
        assert reviewed == bool(cheat.review), seen.told


@pytest.mark.parametrize("name", ["spinning-workers", "one-works-three-spin"])
def test_nobody_is_accused_where_processes_can_be_missed(name: str, graded_in: GradedIn) -> None:
    seen = graded_in(CHEATS[name].code, "practice")

    assert seen.grade.review_reasons == ()
    assert "now and then" in seen.grade.timing.reason


# attacks: 75, 83, 84
HONEST = {
    "reference-replaced": MAPPED,
    "pool-started-early": main_part(
        "with ProcessPoolExecutor(4) as pool:",
        "    list(pool.map(abs, range(4)))",
        "    report(pool.map(count_words, files, chunksize=2))",
    ),
    "clocks-patched": "import time\ntime.time = time.perf_counter = time.process_time = lambda: 0.0\n" + MAPPED,
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_program_passes_whatever_is_done_to_baseline_and_clocks(name: str, graded_in: GradedIn) -> None:
    files = {"serial.py": "raise SystemExit('hijacked')\n"} if name == "reference-replaced" else {}
    seen = graded_in(HONEST[name], files=files)

    assert seen.workers == ("passed", ""), seen.told
    assert seen.grade.status == "graded", seen.told
    samples = seen.grade.timing.samples
    assert [(s.who, s.outcome) for s in samples] == [(Who.SUBMISSION, "right"), (Who.REFERENCE, "right")]
    assert all(sample.wall_s > 0 for sample in samples)


SLOW = {
    "counts-three-times": "def slowly(file):\n    count_words(file), count_words(file)\n    return count_words(file)\n"
    + MAPPED.replace("count_words,", "slowly,"),
    "merges-badly": "import copy\n"
    "def merged(a, b):\n    return reduce_dicts(*(copy.deepcopy(part) for part in (a, b)))\n"
    + main_part(
        "with ProcessPoolExecutor(4) as pool:",
        "    report([reduce(merged, pool.map(count_words, files, chunksize=2), {})])",
    ),
}


@pytest.mark.parametrize("code", SLOW.values(), ids=SLOW.keys())
def test_a_slow_but_honest_program_does_not_fail(code: str, graded_in: GradedIn) -> None:
    seen = graded_in(code)

    assert seen.workers in (("passed", ""), ("inconclusive", "")), seen.told
