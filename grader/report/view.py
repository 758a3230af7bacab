"""A Grade made ready to be shown: every sentence, number and place worded once, for all formats.

Text that may come from a student is made visible here (see ``grader.report.visible``). What a format
adds is only its own escaping and layout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from grader.model.grade import Grade, MapReport, RunReport, SentMapReport, Status
from grader.model.result import CheckResult, EvidenceKind, Location, Verdict
from grader.model.run import Ended, Guarantee
from grader.report.figures import build_figures
from grader.report.figures.curve import band_in_words, best_speedup, is_near_best, own_point
from grader.report.figures.figure import Figure, Table
from grader.report.quantity import counted, points, seconds, size
from grader.report.timeline import Timeline, build_timeline, item_noun, shown_run
from grader.report.visible import around, block, cells, escape_hidden, inline

MARKS = {
    Verdict.PASSED: ("✓", "passed"),
    Verdict.PARTIAL: ("~", "partial"),
    Verdict.FAILED: ("✗", "failed"),
    Verdict.INCONCLUSIVE: ("?", "cannot tell"),
    Verdict.SKIPPED: ("–", "skipped"),
    Verdict.ERRORED: ("!", "our error"),
}

RESTS_ON = {
    EvidenceKind.KERNEL: "the operating system's record",
    EvidenceKind.WIRE: "messages read outside the program",
    EvidenceKind.ANSWERS: "answers on unseen input",
    EvidenceKind.SOURCE: "the source code",
    EvidenceKind.SELF_REPORTED: "the program's own word",
}

_GUARANTEES = {
    Guarantee.FILES: "file isolation",
    Guarantee.NETWORK: "network isolation",
    Guarantee.LIMITS: "resource limits",
    Guarantee.KILL: "sure end of all processes",
    Guarantee.PROCESS_TABLE: "process table",
    Guarantee.PROCESS_LIMIT: "process limit",
    Guarantee.GRADER_SAFETY: "protection of the grader",
}

_ENDINGS = {
    Ended.TIMED_OUT: "stopped at the time limit",
    Ended.CPU_LIMIT: "stopped at the CPU limit",
    Ended.OUT_OF_MEMORY: "stopped at the memory limit",
    Ended.TOO_MUCH_OUTPUT: "stopped at the output limit",
    Ended.TOO_MANY_PROCESSES: "stopped at the process limit",
    Ended.TOO_MUCH_DISK: "stopped at the disk limit",
}

_STATUS_LINES = {
    Status.GRADED: "",
    Status.NEEDS_REVIEW: "A person has to confirm this grade",
    Status.NOT_GRADED: "This could not be graded",
}

EXCERPT_COLUMNS = 160
OUTPUT_LINES = 40
PROCESSES_SHOWN = 64
SENT_MAPS_SHOWN = 8
SHARES_SHOWN = 8


@dataclass(frozen=True)
class Excerpt:
    """A source line, and below which of its columns (from 0) the caret stands."""

    number: int
    text: str
    caret: int | None


@dataclass(frozen=True)
class Paragraph:
    """A part of an explanation; ``as_is`` text is set out in columns and must not be wrapped."""

    text: str
    as_is: bool


@dataclass(frozen=True)
class Row:
    """One check: its line in the table, and what there is to say about it."""

    id: str
    title: str
    topic: str
    verdict: Verdict
    mark: str
    word: str
    points: str
    headline: str
    detail: tuple[Paragraph, ...]
    hint: str
    place: str
    excerpt: Excerpt | None
    rests_on: str
    """What the verdict is based on; empty for a check that was skipped."""

    @property
    def is_problem(self) -> bool:
        """There is something to mend, for the student or for us: it is explained at length."""
        return self.verdict in (Verdict.FAILED, Verdict.PARTIAL, Verdict.ERRORED)


@dataclass(frozen=True)
class Aside:
    """Checks that could not be decided for one and the same reason."""

    mark: str
    word: str
    verdict: Verdict
    ids: str
    headline: str


@dataclass(frozen=True)
class Pair:
    """A name and its value."""

    name: str
    value: str


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next. ``check`` is the check that it is about; empty where nothing is wrong."""

    text: str
    check: str
    place: str


@dataclass(frozen=True)
class ProcessRow:
    """One process of a run."""

    pid: str
    parent: str
    role: str
    cpu: str
    lived: str


@dataclass(frozen=True)
class RunView:
    """One run of the program."""

    name: str
    facts: tuple[Pair, ...]
    processes: tuple[ProcessRow, ...]
    processes_left_out: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class View:
    """A whole grade in words."""

    exercise: str
    title: str
    file: str
    status: Status
    status_line: str
    """What to know before using the score; empty for a grade that may be used as it stands."""
    score: str
    max_score: str
    score_line: str
    score_note: str
    share: float
    """The score as a part of the maximum, from 0 to 1."""
    summary: str
    praise: str
    """What to say instead of the summary when everything passed; else empty."""
    next_step: NextStep | None
    rows: tuple[Row, ...]
    reviews: tuple[str, ...]
    notes: tuple[str, ...]
    facts: tuple[str, ...]
    timeline: Timeline | None
    figures: tuple[Figure, ...]
    not_measured: tuple[str, ...]
    """What there is no figure of, and why."""
    timing: tuple[str, ...]
    """Why nothing was measured, or what disturbed the measuring."""
    samples: Table | None
    """The measured runs on which the verdict on speed rests."""
    sandbox: str
    guarantees: tuple[str, ...]
    gaps: tuple[str, ...]
    runs: tuple[RunView, ...]
    receipt: tuple[Pair, ...]

    @property
    def problems(self) -> tuple[Row, ...]:
        """The checks that are explained at length."""
        return tuple(row for row in self.rows if row.is_problem)

    @property
    def asides(self) -> tuple[Aside, ...]:
        """The checks that could not be decided; those with the same reason are one aside."""
        undecided = [row for row in self.rows if row.verdict in (Verdict.SKIPPED, Verdict.INCONCLUSIVE)]
        reasons = dict.fromkeys((row.verdict, row.headline) for row in undecided)
        return tuple(
            Aside(
                *MARKS[verdict],
                verdict=verdict,
                ids=", ".join(row.id for row in undecided if (row.verdict, row.headline) == (verdict, headline)),
                headline=headline,
            )
            for verdict, headline in reasons
        )


def build_view(grade: Grade) -> View:
    """Word a grade. The same grade always gives the same view."""
    facts = tuple(_facts(grade))
    rows = tuple(_row(check, grade) for check in grade.checks)
    timeline = build_timeline(grade)
    return View(
        exercise=inline(grade.exercise),
        title=inline(grade.exercise_title),
        file=inline(grade.submission.name),
        status=grade.status,
        status_line=_STATUS_LINES[grade.status],
        score="" if grade.score is None else points(grade.score),
        max_score=points(grade.max_score),
        score_line=_score_line(grade),
        score_note=_score_note(grade),
        share=float(grade.score / grade.max_score) if grade.score and grade.max_score else 0.0,
        summary=_summary(grade),
        praise=_praise(grade, facts),
        next_step=_next_step(grade, rows),
        rows=rows,
        reviews=tuple(inline(reason) for reason in grade.review_reasons),
        notes=tuple(inline(note) for note in (*grade.submission.notes, *_rescored_note(grade))),
        facts=facts,
        timeline=timeline,
        figures=build_figures(grade.timing.speed, timeline),
        not_measured=tuple(_not_measured(grade.timing.speed.left_out)),
        timing=tuple(inline(text) for text in (grade.timing.reason, *grade.timing.notes) if text),
        samples=_samples(grade),
        sandbox=_sandbox_line(grade),
        guarantees=tuple(inline(name) for name in grade.sandbox.guarantees),
        gaps=tuple(inline(gap) for gap in grade.sandbox.gaps),
        runs=tuple(_run(run) for run in grade.run.runs),
        receipt=tuple(_receipt(grade)),
    )


def code_spans(text: str) -> list[tuple[bool, str]]:
    """Text cut where it quotes code in backticks: pairs of whether it is code, and the text."""
    parts = re.split(r"`([^`\n]+)`", text)
    return [(position % 2 == 1, part) for position, part in enumerate(parts) if part]


def _score_line(grade: Grade) -> str:
    if grade.score is None:
        return "Not graded"
    return f"{points(grade.score)} of {points(grade.max_score)} {_noun(grade.max_score)}"


def _noun(amount: Decimal) -> str:
    return "point" if amount == 1 else "points"


def _score_note(grade: Grade) -> str:
    if grade.score is None or grade.points_judged == grade.max_score:
        return ""
    uncounted = (Verdict.INCONCLUSIVE, Verdict.ERRORED)
    earned = sum((check.points for check in grade.checks if check.verdict not in uncounted), Decimal(0))
    return (
        f"{points(earned)} of the {points(grade.points_judged)} {_noun(grade.points_judged)} "
        f"that could be judged, scaled to {points(grade.max_score)}."
    )


def _summary(grade: Grade) -> str:
    total = len(grade.checks)
    if not total:
        return "No check was made."
    by_verdict = {verdict: sum(check.verdict is verdict for check in grade.checks) for verdict in Verdict}
    if by_verdict[Verdict.PASSED] == total:
        return f"All {counted(total, 'check')} passed." if total > 1 else "The check passed."
    said = {
        Verdict.PARTIAL: "{} partly",
        Verdict.FAILED: "{} failed",
        Verdict.SKIPPED: "{} skipped",
        Verdict.INCONCLUSIVE: "{} could not be told",
        Verdict.ERRORED: "{} stopped by an error of ours",
    }
    others = [words.format(by_verdict[verdict]) for verdict, words in said.items() if by_verdict[verdict]]
    return f"{by_verdict[Verdict.PASSED]} of {counted(total, 'check')} passed, {', '.join(others)}."


def _praise(grade: Grade, facts: tuple[str, ...]) -> str:
    """``Everything passed: 38 files in 19 chunks of 2 on 4 workers.``"""
    if not grade.checks or any(check.verdict is not Verdict.PASSED for check in grade.checks):
        return ""
    return f"Everything passed: {facts[0]}." if facts else "Everything passed."


def _next_step(grade: Grade, rows: tuple[Row, ...]) -> NextStep | None:
    """Mend what comes first, as later checks build on earlier ones; then a better chunk size if there is one."""
    if grade.status is Status.NOT_GRADED:
        return None
    for row in rows:
        if row.verdict in (Verdict.FAILED, Verdict.PARTIAL):
            return NextStep(row.hint or row.headline, row.id, row.place)
    return _faster(grade)


def _faster(grade: Grade) -> NextStep | None:
    for curve in grade.timing.speed.curves:
        own = own_point(curve)
        if curve.is_too_disturbed:
            continue
        if own is not None and not is_near_best(curve, own.chunksize) and best_speedup(curve) > 1.1 * own.speedup:
            return NextStep(f"For {inline(curve.inputs)}, try a chunk size {band_in_words(curve)}.", "", "")
    return None


def _row(check: CheckResult, grade: Grade) -> Row:
    mark, word = MARKS[check.verdict]
    return Row(
        id=inline(check.id),
        title=inline(check.title),
        topic=inline(check.topic),
        verdict=check.verdict,
        mark=mark,
        word=word,
        points=_row_points(check),
        headline=inline(check.headline),
        detail=_paragraphs(block(check.detail)),
        hint=inline(check.hint),
        place=_place(check.location, grade.submission.name) if check.location else "",
        excerpt=_excerpt(check.location) if check.location and check.location.excerpt.strip() else None,
        rests_on="" if check.verdict is Verdict.SKIPPED else RESTS_ON[check.evidence],
    )


def _row_points(check: CheckResult) -> str:
    if not check.max_points:
        return ""
    if check.verdict in (Verdict.INCONCLUSIVE, Verdict.ERRORED):
        return f"– of {points(check.max_points)}"
    return f"{points(check.points)} of {points(check.max_points)}"


def _paragraphs(text: str) -> tuple[Paragraph, ...]:
    """Explanations as the checks write them: lines that start with two blanks are set out in columns."""
    found: list[Paragraph] = []
    for line in text.split("\n"):
        as_is = line.startswith("  ")
        if not line.strip():
            found.append(Paragraph("", False))
        elif found and found[-1].text and found[-1].as_is == as_is:
            found[-1] = Paragraph(f"{found[-1].text}\n{line}" if as_is else f"{found[-1].text} {line}", as_is)
        else:
            found.append(Paragraph(line, as_is))
    return tuple(paragraph for paragraph in found if paragraph.text)


def _place(location: Location, submitted: str) -> str:
    file = inline(location.file)
    if location.cell is None:
        place = f"{file}:{location.line}"
    elif location.file == submitted:
        place = f"cell {location.cell}, line {location.line}"
    else:
        place = f"{file}, cell {location.cell}, line {location.line}"
    length = len(location.excerpt)
    return place if length <= EXCERPT_COLUMNS else f"{place} (a line of {length:,} characters)"


def _excerpt(location: Location) -> Excerpt:
    line = location.excerpt.rstrip("\r\n")
    caret = None if location.column is None else cells(escape_hidden(line[: location.column - 1]))
    text, place = around(escape_hidden(line).rstrip(), caret or 0, EXCERPT_COLUMNS)
    return Excerpt(location.line, text, None if caret is None else place)


def _facts(grade: Grade) -> list[str]:
    run = shown_run(grade) or next((run for run in grade.run.runs if run.maps), None)
    if run is None:
        return _speed_fact(grade)
    return [*_map_facts(run), *_order_fact(run), *_read_facts(run), *_worker_fact(run), *_speed_fact(grade)]


def _speed_fact(grade: Grade) -> list[str]:
    speed = grade.timing.modelled
    if speed is None:
        return []
    return [
        f"By CPU clocks: on {counted(speed.workers, 'idle core')} it would be {speed.own:.1f} times as fast as the "
        f"serial program; the reference solution reaches {speed.reference:.1f}"
    ]


def _read_facts(run: RunReport) -> list[str]:
    """What was read of the map calls, if anything."""
    maps = [sent for sent in run.wire.maps if sent.method == "map"] if run.wire else []
    return [f"Read from the pool's queue: {_sent(sent)}" for sent in maps[:2]]


def _worker_fact(run: RunReport) -> list[str]:
    workers = [process for process in run.processes if process.role == "worker"]
    if not workers:
        return []
    cpu = seconds(sum(process.cpu_s for process in workers))
    noun = counted(len(workers), "worker process", "worker processes")
    return [f"The operating system saw {noun}, which used {cpu} of CPU time"]


def _map_facts(run: RunReport) -> list[str]:
    """One sentence for all calls of the same shape: ``10 items in 2 chunks, for add and product each``."""
    facts: dict[str, list[str]] = {}
    for call in run.maps:
        facts.setdefault(_map_fact(run, call), []).append(inline(call.function))
    if len(run.maps) == 1:
        return list(facts)
    return [f"{fact}, for {_each(names)}" for fact, names in facts.items()]


def _each(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(set(names)) == 1:
        return f"each of {len(names):,} calls of {names[0]}"
    return f"{', '.join(names[:-1])} and {names[-1]} each" if len(names) < 4 else f"{len(names):,} map calls each"


def _map_fact(run: RunReport, call: MapReport) -> str:
    """``38 files in 19 chunks of 2 on 4 workers``; only of process pools are the chunks known."""
    if not call.chunks and call.items:
        return f"{counted(call.items, item_noun(run, call))} on {_workers_of(call)}"
    of = f"up to {call.chunksize:,}" if call.items % max(call.chunksize, 1) else f"{call.chunksize:,}"
    default = "" if call.explicit else " (the default)"
    items, chunks = counted(call.items, item_noun(run, call)), counted(call.chunks, "chunk")
    return f"{items} in {chunks} of {of}{default} on {_workers_of(call)}"


def _workers_of(call: MapReport) -> str:
    if call.kind == "thread":
        return counted(call.workers, "thread")
    seen = len({chunk.pid for chunk in call.chunk_list if chunk.pid})
    if 0 < seen < call.workers:
        return f"{seen:,} of {counted(call.workers, 'worker')}"
    return counted(seen or call.workers, "worker")


def _order_fact(run: RunReport) -> list[str]:
    taken = [call.first_consumed_s for call in run.maps if call.first_consumed_s is not None]
    if len(run.maps) < 2 or not taken:
        return []
    submitted = [f"{inline(call.function)} after {seconds(call.submitted_s)}" for call in run.maps[:4]]
    return [f"Submitted: {', '.join(submitted)}; first result taken after {seconds(min(taken))}"]


def _not_measured(left_out: tuple[str, ...]) -> Iterator[str]:
    """``The start methods; the varied inputs: the time for measuring was used up.`` Each reason once."""
    by_reason: dict[str, list[str]] = {}
    for sentence in left_out:
        what, _, reason = sentence.rpartition(": ")
        by_reason.setdefault(reason, []).append(what)
    for reason, whats in by_reason.items():
        first, *others = whats
        joined = "; ".join([first, *(what[:1].lower() + what[1:] for what in others)])
        yield inline(f"{joined}: {reason}" if first else reason)


def _samples(grade: Grade) -> Table | None:
    if not grade.timing.samples:
        return None
    return Table(
        head=("Round", "Program", "Result", "Items", "Input", "Wall", "CPU", "Main", "Workers"),
        rows=tuple(
            (
                f"{one.round}",
                one.who.value,
                one.outcome.value,
                f"{one.items:,}",
                size(one.input_bytes),
                f"{one.wall_s:.3f} s",
                f"{one.cpu_s:.3f} s",
                f"{one.main_cpu_s:.3f} s",
                ", ".join(f"{took_s:.3f}" for took_s in one.workers_cpu_s[:PROCESSES_SHOWN]),
            )
            for one in grade.timing.samples
        ),
        numbers=(0, 3, 4, 5, 6, 7),
    )


def _sandbox_line(grade: Grade) -> str:
    missing = [words for name, words in _GUARANTEES.items() if name not in grade.sandbox.guarantees]
    line = f"Run in the {inline(grade.sandbox.backend)} sandbox"
    if not missing:
        return f"{line}."
    listed = " or ".join(missing[:2]).replace("file isolation or network", "file or network")
    more = f" ({counted(len(missing) - 2, 'more gap')})" if len(missing) > 2 else ""
    return f"{line}: no {listed}{more}."


def _run(run: RunReport) -> RunView:
    return RunView(
        name=inline(run.name),
        facts=tuple(_run_facts(run)),
        processes=tuple(
            ProcessRow(
                pid=str(process.pid),
                parent=str(process.parent_pid),
                role=process.role,
                cpu=seconds(process.cpu_s),
                lived=f"{process.first_seen_s:.2f} to {process.last_seen_s:.2f} s",
            )
            for process in run.processes[:PROCESSES_SHOWN]
        ),
        processes_left_out=run.processes_left_out + max(0, len(run.processes) - PROCESSES_SHOWN),
        stdout=block(run.stdout, lines=OUTPUT_LINES, longest=EXCERPT_COLUMNS),
        stderr=block(run.stderr, lines=OUTPUT_LINES, longest=EXCERPT_COLUMNS),
    )


def _run_facts(run: RunReport) -> list[Pair]:
    facts = [
        Pair("ended", _ending(run)),
        Pair("time", f"{seconds(run.wall_s)}, of CPU {seconds(run.cpu_s)}"),
        Pair("memory", f"{size(run.peak_bytes)} at most"),
        Pair("input", f"{counted(run.input_files, 'file')}, {size(run.input_bytes)}"),
        Pair("started as", "a script" if run.mode == "script" else "an import, as a worker would"),
    ]
    if run.args:
        facts.append(Pair("arguments", inline(_shortened(run.args))))
    if run.start_method:
        facts.append(Pair("start method", inline(run.start_method)))
    facts += [
        Pair(
            "map call",
            f"{inline(call.method)} in line {call.line}, {inline(call.function)}: {_map_fact(run, call)}",
        )
        for call in run.maps
    ]
    facts += _wire_facts(run)
    if run.maps_left_out:
        facts.append(Pair("map calls left out", f"{run.maps_left_out:,}"))
    if run.survivors:
        facts.append(Pair("left running", counted(run.survivors, "process", "processes")))
    if run.claims_rejected:
        facts.append(Pair("messages refused", f"{run.claims_rejected:,}"))
    return facts


def _wire_facts(run: RunReport) -> list[Pair]:
    """What was read of the pools' queues, a line for each map call."""
    wire, name = run.wire, "read from the pool's queue"
    if wire is None:
        return []
    if wire.reason:
        return [Pair(name, inline(f"nothing. {wire.reason}"))]
    facts = [Pair(name, _sent(sent)) for sent in wire.maps[:SENT_MAPS_SHOWN]]
    more = wire.maps_left_out + len(wire.maps) - len(facts)
    if more:
        facts.append(Pair(name, f"{counted(more, 'more map call')}"))
    if wire.cut:
        facts.append(Pair(name, "more than is kept: the rest was not read"))
    return facts or [Pair(name, "no call of a pool")]


def _sent(sent: SentMapReport) -> str:
    """``count_words: 38 items in 19 chunks of up to 2, sent back by 4 workers (10, 10, 9 and 9 items)``."""
    function = inline(sent.function) or "a function without a name"
    if sent.method == "submit":
        calls = f"{function}: {counted(sent.chunks, 'single call')}"
    elif sent.items is None:
        calls = f"{function}: {counted(sent.chunks, 'chunk')}, too long to count the items"
    else:
        chunks = counted(sent.chunks, "chunk")
        calls = f"{function}: {counted(sent.items, 'item')} in {chunks} of up to {sent.largest_chunk:,}"
    if not sent.answered:
        return f"{calls}, sent back by nobody"
    shares = sorted(sent.items_by_worker.values(), reverse=True)
    back = f"{calls}, sent back by {counted(len(shares), 'worker')}"
    if sent.items is None or len(shares) == 1:
        return back
    shown = [f"{share:,}" for share in shares[:SHARES_SHOWN]]
    listed = f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) == len(shares) else f"{', '.join(shown)}, ..."
    return f"{back} ({listed})"


def _shortened(args: tuple[str, ...]) -> str:
    shown = " ".join(args[:3])
    return shown if len(args) <= 3 else f"{shown} and {len(args) - 3:,} more"


def _ending(run: RunReport) -> str:
    match run.ended:
        case Ended.EXITED:
            return f"by itself, exit code {run.exit_code}"
        case Ended.SIGNALLED:
            return f"killed by signal {run.signal}"
        case ended:
            return _ENDINGS[Ended(ended)] if ended in set(Ended) else inline(ended)


def _rescored(grade: Grade) -> list[str]:
    if grade.rescored is None:
        return []
    at = grade.rescored.at.astimezone(UTC)
    return [f"{at:%Y-%m-%d %H:%M:%S} UTC, by pargrade {inline(grade.rescored.pargrade)}"]


def _rescored_note(grade: Grade) -> list[str]:
    return [f"Judged again ({told}) from what was seen then; nothing was run." for told in _rescored(grade)]


def _receipt(grade: Grade) -> list[Pair]:
    machine = grade.machine
    graded_at = grade.graded_at.astimezone(UTC)
    cores = counted(machine.cores, "core")
    if machine.quota_cores is not None:
        cores += f", of which the quota leaves {machine.quota_cores:g}"
    pairs = [
        Pair("exercise", f"{inline(grade.exercise)}, version {grade.exercise_version}"),
        Pair("submission", f"{inline(grade.submission.name)} ({grade.submission.kind})"),
        Pair("SHA-256", inline(grade.submission.sha256)),
        Pair("graded", f"{graded_at:%Y-%m-%d %H:%M:%S} UTC"),
        *(Pair("judged again", told) for told in _rescored(grade)),
        Pair("seed", str(grade.seed)),
        Pair("machine", inline(f"{machine.system}, {machine.processor}")),
        Pair("cores", cores),
        Pair("Python", inline(f"{machine.python}, start method {machine.start_method}")),
    ]
    if machine.load_1m is not None:
        pairs.append(Pair("load", f"{machine.load_1m:.2f} over the last minute"))
    pairs += [Pair(inline(name), inline(version)) for name, version in sorted(grade.versions.items())]
    return pairs
