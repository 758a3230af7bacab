"""The golden reports: ``reports/samples`` shows what every format makes of typical grades."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.model.grade import (
    ChunkReport,
    Grade,
    SandboxReport,
    Status,
    SubmissionInfo,
    TimingReport,
)
from grader.model.result import CheckResult, EvidenceKind, Location, Verdict
from grader.model.run import Guarantee
from grader.model.speed import MethodRun, SpeedReport, VariedRun
from grader.model.trace import ChunkDone
from grader.receipt import summed_up
from grader.report import formats
from grader.report.json import load
from grader.testing import (
    a_breakdown,
    a_check,
    a_curve,
    a_grade,
    a_map,
    a_run,
    a_speed_report,
    a_timing,
    a_what_if,
    a_wire,
    chunks_of,
)

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"
SUFFIXES = {"json": ".json", "terminal": ".txt", "html": ".html", "markdown": ".md", "junit": ".xml"}
WORKERS = (4712, 4713, 4714, 4715)

GUARD = (
    "Each worker imports the file and would start a pool of its own. Python stops it with a RuntimeError. "
    "Lines that start work belong below a main guard."
)

WORD_COUNT = {
    "runs": ("Runs to its end", "Running the program", 0, EvidenceKind.KERNEL),
    "main-guard": ("Importing it starts no work", "The main guard", 1, EvidenceKind.WIRE),
    "counts": ("The printed counts are right", "Counting words", 3, EvidenceKind.ANSWERS),
    "output": ("The output has the right form", "Counting words", 1, EvidenceKind.ANSWERS),
    "pool-map": ("The plays are mapped by a process pool", "Mapping with a pool", 1, EvidenceKind.WIRE),
    "chunksize": ("The map has a chunk size", "Setting the chunk size", 1, EvidenceKind.WIRE),
    "chunk-balance": ("There is a chunk for every worker", "Setting the chunk size", 1, EvidenceKind.WIRE),
    "workers": ("Several workers did the work", "Mapping with a pool", 1, EvidenceKind.KERNEL),
    "speedup": ("It is faster than the serial version", "Measuring the speed-up", 1, EvidenceKind.KERNEL),
}
GOOD = {
    "runs": "It ran to its end on 38 plays.",
    "main-guard": "Importing `my_script.py` started nothing.",
    "counts": "All 4,107 words of unseen plays were counted right.",
    "output": "158 lines as `word == count`, in alphabetical order.",
    "pool-map": "`ProcessPoolExecutor.map` was given all 38 plays.",
    "chunksize": "The map in line 48 was given a chunk size of 2.",
    "chunk-balance": "19 chunks keep 4 workers busy.",
    "workers": "4 worker processes used 2.6 s of CPU time.",
    "speedup": "3.3 times faster on four workers; the reference reaches 3.4.",
}


def word_count_checks(**changed: dict[str, Any]) -> list[CheckResult]:
    """The nine checks, passed, but for those named here with ``_`` for ``-``."""
    checks = []
    for check_id, (title, topic, points, evidence) in WORD_COUNT.items():
        fields = {
            "title": title,
            "topic": topic,
            "max_points": points,
            "evidence": evidence,
            "headline": GOOD[check_id],
        }
        checks.append(a_check(check_id, **fields | changed.get(check_id.replace("-", "_"), {})))
    return checks


def skipped(check_id: str, because: str) -> dict[str, Any]:
    return {
        "verdict": Verdict.SKIPPED,
        "headline": f"Judged once `{because}` passes.",
        "requires": (because,),
    }


def full_marks() -> Grade:
    call = a_map(chunks_of(38, 2, WORKERS, item_s=0.045))
    output = "a == 14203\nall == 3925\nand == 26738\nare == 3724\nas == 5869\nbe == 6863\nbut == 6271\n"
    return a_grade(
        word_count_checks(),
        [a_run((call,), stdout=output, wire=a_wire((call,)))],
        timing=a_timing(speed=a_speed_report(64)),
    )


def one_chunk() -> Grade:
    call = a_map(chunks_of(38, 38, WORKERS[:1], item_s=0.045), chunksize=38, workers=4, line=31)
    one_place = Location(
        file="my_script.py",
        line=31,
        column=44,
        excerpt="    results = pool.map(count_words, files, chunksize=len(files))",
    )
    checks = word_count_checks(
        chunk_balance={
            "verdict": Verdict.FAILED,
            "headline": "One chunk holds all 38 files, so one worker does everything.",
            "detail": "A chunk goes to one worker as a whole. With 1 chunk for 4 workers, 3 have nothing to do.",
            "hint": "Make at least 4 chunks: a smaller `chunksize`.",
            "location": one_place,
            "cause": "too-few-chunks",
        },
        workers={
            "verdict": Verdict.FAILED,
            "headline": "One worker process did all the work.",
            "hint": "See `chunk-balance`: it names the reason.",
            "location": one_place,
        },
        speedup={
            "verdict": Verdict.FAILED,
            "headline": "It is not faster than the serial program: 1.0 times as fast on four workers.",
            "hint": "Give every worker something to do.",
        },
    )
    speed = a_speed_report(
        3000,
        breakdown=a_breakdown(0.62, parts={"imbalance": 1.86, "messages": 0.0}, imbalance_ratio=4.0),
    )
    return a_grade(checks, [a_run((call,))], timing=TimingReport(speed=speed))


def many_chunks() -> Grade:
    """Chunk size 1 on 3,000 files: more chunks than a receipt keeps and than a picture can show."""
    chunks = with_pauses(chunks_of(3000, 1, WORKERS, item_s=0.00012), 0.00025)
    told = [
        ChunkDone(
            type="chunk",
            call=1,
            index=chunk.index,
            first=chunk.first,
            count=chunk.count,
            pid=chunk.pid,
            start=chunk.start_s,
            end=chunk.end_s,
            cpu_s=chunk.cpu_s,
        )
        for chunk in chunks
    ]
    call = a_map(
        chunks[:400], items=3000, chunks=3000, chunks_left_out=2600, stretches=summed_up(told), chunksize=1, line=31
    )
    run = a_run((call,), input_files=3000, input_bytes=3_100_000, name="scenes", args=("scenes",), wall_s=0.52)
    speed = a_speed_report(1, breakdown=a_breakdown(0.15, parts={"messages": 0.24}, run="scenes"))
    return a_grade(word_count_checks(), [run], timing=TimingReport(speed=speed))


def with_pauses(chunks: tuple[ChunkReport, ...], pause_s: float) -> tuple[ChunkReport, ...]:
    """Every worker waits for its next message after each chunk."""
    done: dict[int, int] = {}
    moved = []
    for chunk in chunks:
        done[chunk.pid] = done.get(chunk.pid, 0) + 1
        later_s = pause_s * done[chunk.pid]
        moved.append(
            chunk.model_copy(
                update={"start_s": round(chunk.start_s + later_s, 6), "end_s": round(chunk.end_s + later_s, 6)}
            )
        )
    return tuple(moved)


def several_failures() -> Grade:
    call = a_map(chunks_of(38, 1, WORKERS, item_s=0.045), chunksize=1, explicit=False, line=31, start_method="fork")
    checks = word_count_checks(
        main_guard={
            "verdict": Verdict.FAILED,
            "headline": "Importing `my_script.py` starts the pool in line 30.",
            "detail": "Every worker imports the file first. Where workers are started by spawn or "
            "forkserver, as on Windows, on macOS and on Linux from Python 3.14, each one would start "
            "a pool of its own.",
            "hint": "Put the lines that start work below a main guard.",
            "location": Location(
                file="my_script.py",
                line=30,
                column=6,
                excerpt="with ProcessPoolExecutor(max_workers=4) as pool:",
            ),
            "cause": "no-main-guard",
        },
        counts={
            "verdict": Verdict.FAILED,
            "headline": "132 of 4,107 words have a wrong total.",
            "detail": "The program counts every match in a token. The exercise counts only the first one, "
            "so that `o'er` is one word and not two.\n\n"
            "  word      printed    right\n"
            "  d           2,731    2,209\n"
            "  ll          4,087    2,114\n"
            "  s          11,950    2,383\n",
            "hint": "Compare what `re.findall` and `re.search` return for `o'er`.",
            "location": Location(
                file="my_script.py",
                line=14,
                column=22,
                excerpt="        for match in re.findall(r'[a-z\\-]+', token.lower()):",
            ),
            "cause": "every-match-counted",
        },
        chunksize={
            "verdict": Verdict.FAILED,
            "headline": "The map in line 31 has no chunk size, so each play is sent on its own.",
            "detail": "Each chunk costs a message to a worker and one back. The default of 1 pays that price "
            "for every single item.",
            "hint": "Give `map` a `chunksize`, and try a few.",
            "location": Location(
                file="my_script.py", line=31, column=15, excerpt="    results = pool.map(count_words, files)"
            ),
            "cause": "chunksize-default",
        },
        chunk_balance=skipped("chunk-balance", "chunksize"),
        speedup={
            "verdict": Verdict.INCONCLUSIVE,
            "headline": "The three timings differ by more than the speed-up: 1.1, 1.9 and 2.6 times faster.",
        },
    )
    sandbox = SandboxReport(
        backend="practice",
        guarantees=tuple(name for name in Guarantee if name not in (Guarantee.FILES, Guarantee.NETWORK)),
        gaps=("files: the program can read your files", "network: the program can reach the network"),
    )
    speed = a_speed_report(
        1,
        start_methods=(
            MethodRun(start_method="fork", outcome="wrong", wall_s=0.09, explanation="132 words have a wrong total."),
            MethodRun(
                start_method="forkserver", outcome="failed", wall_s=0.24, cause="no-main-guard", explanation=GUARD
            ),
            MethodRun(start_method="spawn", outcome="failed", wall_s=0.27, cause="no-main-guard", explanation=GUARD),
        ),
        varied=(
            VariedRun(
                name="as it is",
                what="39 files of about the same size.",
                outcome="wrong",
                detail="`d` 2,209 expected, 2,731 printed; `ll` 2,114 expected, 4,087 printed; and 130 more.",
            ),
            VariedRun(name="again 1", what="The same files once more.", outcome="right"),
            VariedRun(name="doubled", what="Every file holds its text twice.", outcome="right"),
        ),
        left_out=("The chunk size curve on 38 files of 60 kB: the time for measuring was used up.",),
        curves=(a_curve(1),),
    )
    timing = TimingReport(reason="Timings were too noisy to decide.", speed=speed)
    return a_grade(checks, [a_run((call,))], sandbox=sandbox, timing=timing)


def syntax_error() -> Grade:
    changed = {name.replace("-", "_"): skipped(name, "runs") for name in WORD_COUNT}
    changed["runs"] = {
        "verdict": Verdict.FAILED,
        "headline": "Python cannot read line 12: '(' was never closed.",
        "detail": "Until Python can read the whole file, nothing in it runs.",
        "hint": "Count the brackets of line 12 from the left.",
        "location": Location(
            file="my_script.py", line=12, column=16, excerpt="    total = sum(len(words for words in lines"
        ),
        "evidence": EvidenceKind.SOURCE,
        "cause": "syntax-error",
    }
    speed = SpeedReport(left_out=("Nothing of the speed: the program did not run to its end.",))
    return a_grade(word_count_checks(**changed), timing=TimingReport(speed=speed))


def needs_review() -> Grade:
    call = a_map(chunks_of(38, 4, WORKERS, item_s=0.045), line=3)
    checks = word_count_checks(
        pool_map={
            "verdict": Verdict.PARTIAL,
            "headline": "Half of the plays are mapped by the pool, the others are counted in a loop.",
            "detail": "While the main process counts, the workers have nothing to do.",
            "hint": "Hand the whole list to one `map`.",
            "location": Location(
                file="my_script.ipynb",
                cell=3,
                line=2,
                column=12,
                excerpt="    some = pool.map(count_words, files[:19], chunksize=4)",
            ),
        },
        workers={
            "verdict": Verdict.ERRORED,
            "headline": "The process table of this run could not be read.",
            "detail": "This is our error, not yours, and costs you no points.",
        },
    )
    return a_grade(
        checks,
        [a_run((call,))],
        submission=SubmissionInfo(
            name="my_script.ipynb",
            sha256="41d0" * 16,
            kind="notebook",
            notes=("The line magic `%matplotlib inline` in cell 1 was left out.",),
        ),
        review_reasons=(
            "The check `workers` stopped by an error of ours.",
            "The printed answers and the messages of the workers contradict each other.",
        ),
    )


def async_map() -> Grade:
    workers = (5021, 5022)
    maps = tuple(
        a_map(
            tuple(
                ChunkReport(
                    index=index,
                    first=index * 5,
                    count=5,
                    pid=workers[index],
                    start_s=round(start_s + 0.0011 * index, 4),
                    end_s=round(start_s + 0.0011 * index + 0.0034, 4),
                    cpu_s=0.0003,
                )
                for index in range(2)
            ),
            function=function,
            line=line,
            workers=2,
            submitted_s=submitted_s,
            first_consumed_s=0.0831,
        )
        for function, line, submitted_s, start_s in (
            ("add", 22, 0.0702, 0.0748),
            ("product", 23, 0.0709, 0.0794),
        )
    )
    run = a_run(maps, args=(), input_files=0, input_bytes=0, name="worked_example", wire=a_wire(maps))
    rows = (
        ("runs", "Runs to its end", 0, "It ran to its end."),
        ("main-guard", "Importing it starts no work", 1, "Importing `async_map.py` started nothing."),
        ("results", "The sums are right", 1, "210 and 935 were printed."),
        (
            "two-maps",
            "Both functions are mapped by the pool",
            2,
            "`add` and `product` were mapped over 10 items.",
        ),
        ("chunksize", "Both maps have a chunk size of 5", 1, "Both maps were given a chunk size of 5."),
        ("asynchronous", "Both are submitted before a result is used", 1, "Both were submitted first."),
    )
    checks = [
        a_check(
            check_id,
            title=title,
            topic="Asynchronous maps",
            max_points=points,
            headline=headline,
            evidence=EvidenceKind.WIRE,
        )
        for check_id, title, points, headline in rows
    ]
    return a_grade(
        checks,
        [run],
        exercise="async_map",
        exercise_title="Two maps at once",
        submission=SubmissionInfo(name="async_map.py", sha256="77ab" * 16, kind="script"),
    )


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>[link](https://example.test/) ![i](x)|a|b| "
    "# heading `code` **bold** \u202egnp.exe\u200b \ud800 \x00 &amp; ]]> www.example.test a@example.test"
)


def hostile_text() -> Grade:
    chunks = chunks_of(4, 2, (4712, 4713))
    maps = (a_map(chunks, function="<b>\x1b[31mf", items=4), a_map(chunks, function="</svg><script>g", items=4))
    checks = word_count_checks(
        counts={
            "verdict": Verdict.FAILED,
            "headline": HOSTILE,
            "detail": f"{HOSTILE}\n\n# heading\n| a | b |\n| - | - |\n\n1. list\n\n  ```\n"
            "  </pre><img src=x onerror=alert(1)>\n",
            "hint": HOSTILE,
            "location": Location(file=f"{HOSTILE}.py", line=3, column=30, excerpt=f"\tx = '{HOSTILE}'"),
        },
        chunksize={
            "verdict": Verdict.PARTIAL,
            "headline": "A line may be very long.",
            "location": Location(file="my_script.py", line=4, column=6_004, excerpt="x = [" + "12, " * 3_000 + "]"),
        },
    )
    wire = a_wire(maps, cut=True)
    return a_grade(
        checks,
        [a_run(maps, stdout=f"{HOSTILE}\n" + "x" * 12_345, stderr=HOSTILE, args=(HOSTILE,), wire=wire)],
        exercise_title="Count the words",
        submission=SubmissionInfo(name="\u202eyp.tpircs<i>.py", sha256="00ff" * 16, kind="script", notes=(HOSTILE,)),
        status=Status.NEEDS_REVIEW,
        review_reasons=(HOSTILE,),
        timing=TimingReport(reason=HOSTILE, speed=hostile_speed()),
    )


def hostile_speed() -> SpeedReport:
    return a_speed_report(
        curves=(a_curve(inputs=HOSTILE, sentence=HOSTILE),),
        breakdown=a_breakdown(run=HOSTILE),
        what_if=a_what_if(inputs=HOSTILE, sentence=HOSTILE),
        start_methods=(
            MethodRun(start_method="spawn", outcome="failed", wall_s=0.1, cause=HOSTILE, explanation=HOSTILE),
        ),
        varied=(VariedRun(name=HOSTILE, what=HOSTILE, outcome="differs", detail=HOSTILE),),
        left_out=(HOSTILE,),
    )


def not_graded() -> Grade:
    return a_grade(
        [
            a_check(
                "runs",
                Verdict.ERRORED,
                max_points=0,
                topic="Running the program",
                evidence=EvidenceKind.KERNEL,
                title="Runs to its end",
                headline="The sandbox could not be started.",
            )
        ],
        status=Status.NOT_GRADED,
        score=None,
        max_score=10,
        review_reasons=("The sandbox could not be started: no space left on the device.",),
    )


GRADES: dict[str, Callable[[], Grade]] = {
    grade.__name__: grade
    for grade in (
        full_marks,
        one_chunk,
        several_failures,
        many_chunks,
        syntax_error,
        needs_review,
        async_map,
        hostile_text,
        not_graded,
    )
}


@pytest.mark.parametrize("name", GRADES)
@pytest.mark.parametrize("report_format", SUFFIXES)
def test_a_report_looks_as_its_sample(name: str, report_format: str, golden: Callable[[Path, str], str]) -> None:
    sample = (SAMPLES / name).with_suffix(SUFFIXES[report_format])

    rendered = formats().get(report_format)(GRADES[name]())

    assert rendered == golden(sample, rendered)


@pytest.mark.parametrize("name", GRADES)
def test_a_stored_receipt_is_rendered_as_the_grade_itself(name: str) -> None:
    stored = load(SAMPLES / f"{name}.json")

    assert stored == GRADES[name]()


def test_every_file_among_the_samples_is_compared() -> None:
    compared = {f"{name}{suffix}" for name in GRADES for suffix in SUFFIXES.values()}

    assert {path.name for path in SAMPLES.iterdir() if path.is_file()} == compared
