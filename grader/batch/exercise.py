"""Which exercise a class handed in, and the terms it is graded under."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

from grader.batch.gradebook import Gradebook
from grader.batch.handin import HandIn
from grader.batch.places import exercise_in
from grader.batch.records import Terms
from grader.catalog import Catalog
from grader.errors import AmbiguousExercise, InputError, PargradeError, UnknownName
from grader.loading import load
from grader.model.exercise import Exercise, ExerciseSpec
from grader.registry import near_names
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


def exercise_for(given: str | None, hand_ins: Sequence[HandIn], catalog: Catalog, here: str | None) -> str:
    """The exercise of a batch into a folder that holds the grades of ``here``: of no other, or one would be lost.

    Raises:
        InputError: It is asked for another one, or the submissions look to be for another one.
        AmbiguousExercise: None can be told.
    """
    if given is not None or here is None:
        found = given or exercise_of(hand_ins, catalog)
        return found if here is None else of_this_folder(found, here)
    with suppress(AmbiguousExercise):
        looks = exercise_of(hand_ins, catalog)
        if looks != here:
            raise InputError(
                f"The submissions look to be for {looks}, and the output folder holds the grades of {here}.",
                f"Name another folder with --out, or, if they are for {here}, say so: --exercise {here}",
            )
    return here


def of_this_folder(exercise: str, here: str) -> str:
    """The exercise, when the folder's reports are of the same.

    Raises:
        InputError: They are not.
    """
    if exercise != here:
        raise InputError(
            f"The output folder holds the grades of {here}, not of {exercise}.",
            "Each exercise has an output folder of its own. Name that.",
        )
    return exercise


def chosen_exercise(book: Gradebook, out: Path, given: str | None) -> str:
    """The exercise that a command works on in an output folder: the one named, else the one that is there.

    Raises:
        UnknownName: There is nothing of it in the gradebook.
        InputError: There are several, or the reports in the folder are of another.
    """
    known, here = book.exercises(), exercise_in(out)
    if given is None and here in known:
        return here
    if given is not None and given not in known:
        raise UnknownName(f"The gradebook has nothing of the exercise {given!r}. {near_names(given, [*known])}")
    if given is None and len(known) != 1:
        raise InputError(
            f"The gradebook has {', '.join(known) or 'no exercise yet'}.", "Say which one with --exercise ID."
        )
    chosen = given or known[0]
    return chosen if here is None else of_this_folder(chosen, here)


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
