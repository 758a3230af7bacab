"""Which exercise a class handed in, and the terms it is graded under."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time

from grader.batch.gradebook import Gradebook, Terms
from grader.batch.handin import HandIn
from grader.catalog import Catalog
from grader.errors import AmbiguousExercise, InputError, PargradeError
from grader.loading import load
from grader.model.exercise import Exercise, ExerciseSpec
from grader.sandbox.workfolder import work_folder

_ASKED = 25
_SEED_BITS = 48
"""So that any reader of JSON keeps the number exactly."""


def exercise_of(hand_ins: Sequence[HandIn], catalog: Catalog) -> str:
    """The exercise that most submissions say or look to be for; of many, some are asked.

    Raises:
        AmbiguousExercise: None can be told, or two equally well.
    """
    step = max(1, len(hand_ins) // _ASKED)
    votes = Counter(found for each in hand_ins[::step] if (found := _identified(each, catalog)))
    first = votes.most_common(2)
    if not first or (len(first) == 2 and first[0][1] == first[1][1]):
        raise AmbiguousExercise(
            "It is not clear which exercise the submissions are for.",
            f"Say which one with --exercise ID. The exercises are: {', '.join(catalog.ids())}.",
        )
    return first[0][0]


def _identified(hand_in: HandIn, catalog: Catalog) -> str | None:
    try:
        with work_folder(hand_in.read()) as folder:
            return catalog.identify(load(folder.work / hand_in.file)).id
    except (PargradeError, OSError):
        return None


def terms_for(
    exercise: Exercise, book: Gradebook | None, seed: int | None = None, due: datetime | None = None
) -> Terms:
    """What holds for the class: the seed of the first batch stays, and a deadline that was given until another one is.

    Raises:
        InputError: Grades were made with another ``seed`` before.
    """
    known = book.terms(exercise.id) if book is not None else None
    if known is not None and seed not in (None, known.seed):
        raise InputError(
            "This class was graded with another seed before, so that everyone gets the same inputs.",
            "Leave out --seed, or name a new output folder.",
        )
    if known is None:
        known = Terms(exercise.id, secrets.randbits(_SEED_BITS) if seed is None else seed, exercise.spec.max_points)
    return terms_now(known, exercise.spec, due)


def terms_now(terms: Terms, spec: ExerciseSpec, due: datetime | None = None) -> Terms:
    """The terms by what the exercise says now. A deadline that was once given for the class goes before that."""
    by_exercise_then = terms.late.due if terms.late else None
    given = due or (terms.due if terms.due != by_exercise_then else None)
    by_exercise_now = spec.late.due if spec.late else None
    return replace(terms, max_score=spec.max_points, due=given or by_exercise_now, late=spec.late)


def deadline(text: str) -> datetime:
    """A date or date and time in ISO form. A date alone is its end; without a zone it is this machine's.

    Raises:
        InputError: It is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
        if len(text) <= len("2026-03-01"):
            moment = datetime.combine(moment.date(), time(23, 59, 59))
        return moment.astimezone(UTC).astimezone()
    except (ValueError, OverflowError):  # the year 1 or 9999 may be another one in UTC
        raise InputError(
            f"{text!r} is no date.", "Write it as 2026-03-01, 2026-03-01T18:00 or 2026-03-01T18:00+01:00."
        ) from None
