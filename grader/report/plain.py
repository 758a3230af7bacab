"""One check explained in plain text, for formats and hosts that know nothing else."""

from __future__ import annotations

from grader.model.grade import Grade
from grader.report.view import Excerpt, Row, build_view


def explain_checks(grade: Grade) -> dict[str, str]:
    """For each check by its id all there is to say about it, in lines of text."""
    return {row.id: explain(row) for row in build_view(grade).rows}


def explain(row: Row) -> str:
    """All there is to say about a check, in lines of text."""
    parts = [row.headline, row.place, excerpt_lines(row.excerpt) if row.excerpt else ""]
    parts += [paragraph.text for paragraph in row.detail]
    parts.append(f"Try: {row.hint}" if row.hint else "")
    parts.append(f"See: {row.topic}" if row.topic else "")
    parts.append(f"rests on: {row.rests_on}" if row.rests_on else "")
    return "\n".join(part for part in parts if part)


def excerpt_lines(excerpt: Excerpt) -> str:
    """The source line with its number, and the caret below its column."""
    line = f"{excerpt.number} | {excerpt.text}"
    if excerpt.caret is None:
        return line
    return f"{line}\n{' ' * len(str(excerpt.number))} | {' ' * excerpt.caret}^"
