"""All marks as JSON, schema ``pargrade/marks/v1``, for programs."""

from __future__ import annotations

import json

from grader.export.filling import with_number
from grader.export.job import Export, Job

SCHEMA = "pargrade/marks/v1"


def export_json(job: Job) -> Export:
    """Every mark with all that is known; ``score`` is null where no number may be given."""
    given, left_out = with_number(job.marks)
    numbers = {mark.student for mark, _ in given}
    marks = [
        mark.model_dump(mode="json") | ({} if mark.outcome == "graded" else {"score": None, "graded_score": None})
        for mark in job.marks
    ]
    text = json.dumps({"schema": SCHEMA, "marks": marks}, indent=2, allow_nan=False) + "\n"
    return Export(text.encode(), tuple(sorted(numbers)), tuple(left_out))
