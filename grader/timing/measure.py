"""Makes the measured runs: the submission and the exercise's own program in turn, on inputs nobody has seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.model.exercise import GeneratorRequest, Inputs
from grader.model.measurement import Measurement, Outcome, Sample, Who
from grader.model.run import Ended, Observation
from grader.timing.plan import Progress, Round, next_round

Run = Callable[[Who, Inputs], Observation]


@dataclass(frozen=True)
class Bench:
    """What measuring needs of the rest of the grader.

    ``run`` makes one run in a fresh folder. ``agrees`` compares what the submission printed with what the reference
    printed on the same inputs. ``is_clear`` tells whether further runs could still change a verdict.
    """

    run: Run
    generate: Callable[[GeneratorRequest], Inputs]
    agrees: Callable[[Inputs, bytes, bytes], bool]
    is_clear: Callable[[Measurement], bool]
    progress: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = field(default=time.monotonic)


def measure(first: Observation, inputs: Inputs, bench: Bench, seed: int, quick: bool) -> Measurement:
    """Up to three rounds. The first takes the submission's run on its unseen inputs, ``first``, as it is.

    With ``quick`` there is only that round. A run that failed or had to be stopped is not followed by another.

    Raises:
        ExerciseError: The inputs of a round cannot be made.
        SandboxError: A run could not be started or supervised.
    """
    started = bench.clock()
    bench.progress("measuring the exercise's own program on the same files")
    samples = _samples(1, 1.0, inputs, {Who.SUBMISSION: first, Who.REFERENCE: bench.run(Who.REFERENCE, inputs)}, bench)
    while True:
        spent_s = bench.clock() - started
        done = Progress(samples, spent_s, bench.is_clear(Measurement(samples)))
        wanted = next_round(done, seed, quick)
        if wanted is None:
            return Measurement(samples)
        samples += _round(wanted, bench)


def _round(wanted: Round, bench: Bench) -> tuple[Sample, ...]:
    bench.progress(f"measuring, round {wanted.number}: new files")
    inputs = bench.generate(GeneratorRequest(wanted.seed, scale=wanted.scale))
    seen: dict[Who, Observation] = {}
    for who in wanted.order:
        whose = "your program" if who is Who.SUBMISSION else "the exercise's own program"
        bench.progress(f"measuring, round {wanted.number}: {whose}")
        seen[who] = bench.run(who, inputs)
    return _samples(wanted.number, wanted.scale, inputs, seen, bench)


def _samples(
    number: int, scale: float, inputs: Inputs, seen: dict[Who, Observation], bench: Bench
) -> tuple[Sample, ...]:
    input_bytes = sum(map(len, inputs.files.values()))
    right = seen[Who.REFERENCE].stdout
    return tuple(
        Sample(who, number, len(inputs.files), input_bytes, scale, run, _outcome(run, inputs, right, bench))
        for who, run in seen.items()
    )


def _outcome(run: Observation, inputs: Inputs, right: bytes, bench: Bench) -> Outcome:
    if run.ended not in (Ended.EXITED, Ended.SIGNALLED):
        return Outcome.STOPPED
    if run.ended is Ended.EXITED and bench.agrees(inputs, run.stdout, right):
        return Outcome.RIGHT
    return Outcome.WRONG if run.succeeded else Outcome.FAILED
