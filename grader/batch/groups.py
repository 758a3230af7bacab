"""Groups of a class: who has the same diagnosis, and whose programs are one but for names and form."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.batch.tokens import normalised, tokens
from grader.model.result import CheckResult, Verdict

_LOST = (Verdict.FAILED, Verdict.PARTIAL)


@dataclass(frozen=True)
class DiagnosisGroup:
    """Students who lost points in one check for one reason.

    ``cause`` is the stable name of the diagnosis, empty where the check names none. ``headline`` and ``hint`` are
    those that most of the group were told.
    """

    check_id: str
    title: str
    cause: str
    headline: str
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class SourceGroup:
    """Students whose programs are the same but for names, comments and white space. ``digest`` tells the group."""

    digest: str
    students: tuple[str, ...]


def by_diagnosis(results: Iterable[tuple[str, Sequence[CheckResult]]]) -> tuple[DiagnosisGroup, ...]:
    """Group students, each with the results of all checks, by check and cause: the largest group first.

    A student is in as many groups as checks went wrong. Checks that were not judged put nobody into a group.
    """
    found: dict[tuple[str, str], list[tuple[str, CheckResult]]] = defaultdict(list)
    for student, checks in results:
        for check in checks:
            if check.verdict in _LOST:
                found[check.id, check.cause].append((student, check))
    groups = (_group(check_id, cause, members) for (check_id, cause), members in found.items())
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.check_id, group.cause)))


def _group(check_id: str, cause: str, members: Sequence[tuple[str, CheckResult]]) -> DiagnosisGroup:
    (headline, hint), _ = Counter((check.headline, check.hint) for _, check in members).most_common(1)[0]
    students = tuple(sorted(student for student, _ in members))
    return DiagnosisGroup(check_id, members[0][1].title, cause, headline, hint, students)


def by_source(sources: Iterable[tuple[str, str]]) -> tuple[SourceGroup, ...]:
    """Group students, each with the text of the program, by what the program is: groups of two and more, largest first.

    An empty program is like no other.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for student, source in sources:
        words = normalised(tokens(source))
        if words:
            found[hashlib.sha256("\0".join(words).encode("utf-8", "replace")).hexdigest()].append(student)
    groups = (SourceGroup(digest, tuple(sorted(students))) for digest, students in found.items() if len(students) > 1)
    return tuple(sorted(groups, key=lambda group: (-len(group.students), group.students)))
