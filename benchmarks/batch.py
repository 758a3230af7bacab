"""What grading a class costs, and that kills cost nothing but time.

    python benchmarks/batch.py [N] [--parts kills,throughput,overhead,memory] [--exercise ID] [--kills K]
                               [--jobs N] [--sizes 50,500]

A class of N (default 200) is made of honest, wrong and hostile programs and packed as Moodle does. Then

kills       it is graded while the batch is killed with SIGKILL at K random moments; the grades are compared with those
            of a batch that nobody disturbed, and the gradebook is checked
throughput  submissions a minute with --jobs 1 and --jobs 2, and how many cores were busy: the programs have several
            processes each, so that one job already uses more than one core, and two can win what it leaves idle
overhead    the grader's time a submission, beside the time of the program's own runs and of the reference's
memory      the largest resident size of the batch's own process and of its workers, for classes of both sizes
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from grader.batch.gradebook import open_gradebook

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("kills", "throughput", "overhead", "memory")
HOSTILE = {
    "killer": "import os, signal\nif __name__ == '__main__':\n    try:\n        os.kill(os.getppid(), 9)\n"
    "    except OSError:\n        pass\n    os.kill(os.getpid(), 9)\n",
    "flood": "if __name__ == '__main__':\n    while True:\n        print('x' * 100_000)\n",
    "forker": "import os\nif __name__ == '__main__':\n    while True:\n        os.fork()\n",
    "memory": "if __name__ == '__main__':\n    held = []\n    while True:\n        held.append(bytearray(1 << 24))\n",
}
SLOW = ("hangs_on_join", "slow_workers", "waits_for_input", "background_process_left")
Grades = dict[str, tuple[str, float | None, dict[str, str]]]


def programs(exercise: str) -> Iterator[tuple[str, bytes]]:
    """Two thirds honest, a quarter from the corpus of mistakes, the rest hostile; without end, always the same."""
    honest = [path.read_bytes() for path in sorted((ROOT / "solutions" / exercise).glob("*.py"))]
    wrong = [
        path.read_bytes()
        for path in sorted((ROOT / "tests" / "corpus" / exercise).glob("*.py"))
        if path.stem not in SLOW
    ]
    hostile = [text.encode() for text in HOSTILE.values()]
    chosen = random.Random(1)
    number = 0
    while True:
        kind = chosen.choices((honest, wrong, hostile), (8, 3, 1))[0]
        number += 1
        yield "countwords.py", kind[number % len(kind)] + f"\n# {number}\n".encode()


def moodle_zip(path: Path, number: int, exercise: str) -> Path:
    """A class as Moodle lets it be downloaded."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, (name, program) in zip(range(number), programs(exercise), strict=False):
            archive.writestr(f"Student Number{index:04}_{10_000 + index}_assignsubmission_file/{name}", program)
    return path


def command(handed_in: Path, out: Path, exercise: str, jobs: int) -> list[str]:
    where = ["--out", str(out), "--exercise", exercise, "--jobs", str(jobs), "--seed", "7"]
    return [sys.executable, "-m", "grader", "batch", str(handed_in), *where]


def started(handed_in: Path, out: Path, exercise: str, jobs: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command(handed_in, out, exercise, jobs),
        cwd=out.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def grade(handed_in: Path, out: Path, exercise: str, jobs: int) -> float:
    """Grade to the end; wall seconds."""
    begun = time.monotonic()
    code = started(handed_in, out, exercise, jobs).wait()
    if code not in (0, 3):
        raise SystemExit(f"grade batch ended with {code}")
    return time.monotonic() - begun


def grades(out: Path, exercise: str) -> Grades:
    book = open_gradebook(out, "benchmark")
    found: Grades = {}
    for entry in book.each_entry(exercise):
        checks = json.loads(entry.receipt or "{}").get("checks", ())
        score = None if entry.score is None else float(entry.score)
        found[entry.work.student] = (entry.outcome, score, {check["id"]: check["verdict"] for check in checks})
    book.close()
    return found


def kills(folder: Path, number: int, exercise: str, times: int, jobs: int) -> None:
    handed_in = moodle_zip(folder / "class.zip", number, exercise)
    undisturbed_s = grade(handed_in, folder / "undisturbed", exercise, jobs)
    moments = random.Random()
    for _ in range(times):
        process = started(handed_in, folder / "killed", exercise, jobs)
        time.sleep(moments.uniform(1.0, 2 * undisturbed_s / times + 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    grade(handed_in, folder / "killed", exercise, jobs)
    first, second = grades(folder / "undisturbed", exercise), grades(folder / "killed", exercise)
    differing = sorted(student for student in first.keys() | second.keys() if first.get(student) != second.get(student))
    with sqlite3.connect(folder / "killed" / "gradebook.sqlite") as book:
        (whole,) = book.execute("PRAGMA integrity_check").fetchone()
        (rows,) = book.execute("SELECT count(*) FROM grades").fetchone()
    book.close()
    print(f"kills: {number} submissions, {times} kills: {len(second)} grades in {rows} rows, {len(differing)} differ")
    for student in differing[:10]:
        print(f"    {student}: {first.get(student)}\n    {'':{len(student)}}  {second.get(student)}")
    print(f"    gradebook: {whole}; undisturbed it took {undisturbed_s:.0f} s")


def throughput(folder: Path, number: int, exercise: str) -> None:
    handed_in = moodle_zip(folder / "class.zip", number, exercise)
    rates, busy = {}, {}
    for jobs in (1, 2):
        before_s = cpu_s()
        took_s = grade(handed_in, folder / f"jobs-{jobs}", exercise, jobs)
        rates[jobs], busy[jobs] = 60 * number / took_s, (cpu_s() - before_s) / took_s
        print(f"throughput: --jobs {jobs}: {rates[jobs]:.1f} a minute, {busy[jobs]:.2f} cores busy", flush=True)
    same = grades(folder / "jobs-1", exercise) == grades(folder / "jobs-2", exercise)
    cores = len(os.sched_getaffinity(0))
    print(
        f"throughput: {rates[2] / rates[1]:.2f} times, where {cores / busy[1]:.2f} times would keep {cores} cores busy"
        f" all the time; the grades are {'the same' if same else 'NOT the same'}"
    )


def cpu_s() -> float:
    """CPU seconds of all ended children and theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def overhead(folder: Path, number: int, exercise: str) -> None:
    handed_in = moodle_zip(folder / "class.zip", number, exercise)
    out = folder / "overhead"
    grade(handed_in, out, exercise, 1)
    book = open_gradebook(out, "benchmark")
    own, reference, whole = [], [], []
    for entry in book.each_entry(exercise):
        receipt = json.loads(entry.receipt or "{}")
        samples = receipt.get("timing", {}).get("samples", ())
        runs = [run["wall_s"] for run in receipt.get("run", {}).get("runs", ())]
        # The first measured round of the submission is one of its runs.
        more = [one["wall_s"] for one in samples if one["who"] == "submission" and one["round"] > 1]
        own.append(sum(runs) + sum(more))
        reference.append(sum(one["wall_s"] for one in samples if one["who"] == "reference"))
        whole.append(entry.seconds)
    book.close()
    rest = sum(whole) - sum(own) - sum(reference)
    print(
        f"overhead: {number} submissions: whole {statistics.median(whole):.2f} s,"
        f" own runs {statistics.median(own):.2f} s, reference {statistics.median(reference):.2f} s (medians)"
    )
    print(
        f"overhead: the grader itself {rest / len(whole):.2f} s a submission: {rest / sum(own):.0%} of their own runs,"
        f" {rest / (sum(own) + sum(reference)):.0%} of all runs"
    )


def memory(folder: Path, sizes: list[int], exercise: str) -> None:
    for number in sizes:
        handed_in = moodle_zip(folder / f"class-{number}.zip", number, exercise)
        process = started(handed_in, folder / f"memory-{number}", exercise, 2)
        own, workers = 0, 0
        while process.poll() is None:
            own = max(own, peak_kib(process.pid))
            workers = max([workers, *map(peak_kib, children(process.pid))])
            time.sleep(0.2)
        print(
            f"memory: {number} submissions: batch {own / 1024:.0f} MiB, largest worker {workers / 1024:.0f} MiB",
            flush=True,
        )


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def peak_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", type=int, nargs="?", default=200)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--exercise", default="word_count")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=2, help="for the part kills")
    parser.add_argument("--sizes", default="50,500")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="batch-benchmark-"))
    try:
        for part in asked.parts.split(","):
            place = folder / part
            place.mkdir()
            match part:
                case "kills":
                    kills(place, asked.number, asked.exercise, asked.kills, asked.jobs)
                case "throughput":
                    throughput(place, asked.number, asked.exercise)
                case "overhead":
                    overhead(place, asked.number, asked.exercise)
                case "memory":
                    memory(place, [int(size) for size in asked.sizes.split(",")], asked.exercise)
                case _:
                    raise SystemExit(f"no part {part!r}; there are: {', '.join(PARTS)}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
