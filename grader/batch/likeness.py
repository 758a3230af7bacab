"""Which programs of a class are one, or alike: found at the end of a batch and kept for the page of the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from grader.batch.groups import by_source
from grader.batch.handin import HandIn
from grader.batch.places import put_file
from grader.batch.similar import Lines, SimilarPair, similar_pairs
from grader.errors import PargradeError
from grader.loading.notebook import read_notebook
from grader.loading.text import UnusableError, universal_newlines
from grader.report.class_view import Alike, Passage

MOST_PAIRS = 40
MOST_PASSAGES = 12
MOST_LINES = 80
"""Of one passage; the rest is in the programs themselves."""


@dataclass(frozen=True)
class Likeness:
    """``same_program`` are students with one normalised program, ``alike`` pairs of others, the most alike first."""

    same_program: tuple[tuple[str, ...], ...] = ()
    alike: tuple[Alike, ...] = ()


_ADAPTER = TypeAdapter(Likeness)


def likeness(hand_ins: Iterable[HandIn], starter: str) -> Likeness:
    """Compare all programs. One that cannot be read is like no other."""
    sources = dict(_sources(hand_ins))
    same = tuple(group.students for group in by_source(sources.items()))
    one = {student: group for group in same for student in group}
    pairs = similar_pairs(sources.items(), [starter])
    told = [pair for pair in pairs if pair.right not in one.get(pair.left, ())]  # these are a group already
    return Likeness(same, tuple(_alike(pair, sources) for pair in told[:MOST_PAIRS]))


def _sources(hand_ins: Iterable[HandIn]) -> Iterator[tuple[str, str]]:
    for hand_in in hand_ins:
        try:
            data = hand_in.read()[hand_in.file]
            notebook = hand_in.file.lower().endswith(".ipynb")
            text = read_notebook(data).source if notebook else data.decode("utf-8", "replace")
        except (OSError, KeyError, PargradeError, UnusableError):
            continue
        yield hand_in.student.student, universal_newlines(text)


def _alike(pair: SimilarPair, sources: dict[str, str]) -> Alike:
    left, right = sources[pair.left].split("\n"), sources[pair.right].split("\n")
    passages = tuple(
        Passage(_cut(left, fragment.left), _cut(right, fragment.right)) for fragment in pair.fragments[:MOST_PASSAGES]
    )
    return Alike(pair.left, pair.right, pair.share, passages)


def _cut(source: Sequence[str], lines: Lines) -> str:
    return "\n".join(source[lines.first - 1 : min(lines.last, lines.first - 1 + MOST_LINES)])


def _place(out: Path, exercise: str) -> Path:
    return out / f"likeness-{exercise}.json"


def keep_likeness(out: Path, exercise: str, found: Likeness) -> None:
    """Write it into the output folder.

    Raises:
        OutputNotWritable: It cannot be written.
    """
    put_file(_place(out, exercise), _ADAPTER.dump_json(found, indent=1))


def kept_likeness(out: Path, exercise: str) -> Likeness | None:
    """What was found at the end of the last batch, or None where that cannot be told."""
    try:
        return _ADAPTER.validate_json(_place(out, exercise).read_bytes())
    except (OSError, ValidationError):
        return None
