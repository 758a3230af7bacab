"""The JSON Schemas of the report, of stored evidence and of an exercise, generated from the models.

``python -m grader.report.schema --write`` writes them into ``reports/schema``; without the option it says
whether the files there are up to date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.bundled import bundled
from grader.evidence_store import StoredEvidence
from grader.model.exercise import ExerciseSpec
from grader.model.grade import Grade

REPORT, EVIDENCE, EXERCISE = "report-v1.schema.json", "evidence-v1.schema.json", "exercise-v1.schema.json"


def schemas() -> dict[str, str]:
    """The text of each schema file by its name.

    The report and evidence are described as they are written, an exercise as its author may write it.
    """
    report = Grade.model_json_schema(by_alias=True, mode="serialization")
    evidence = StoredEvidence.model_json_schema(by_alias=True, mode="serialization")
    exercise = ExerciseSpec.model_json_schema(by_alias=True, mode="validation")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        name: json.dumps(dialect | schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in ((REPORT, report), (EVIDENCE, evidence), (EXERCISE, exercise))
    }


def stale(folder: Path) -> list[str]:
    """The names of the schema files in a folder that are missing or differ from the models."""
    return [
        name
        for name, text in schemas().items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the schema files, or tell which are stale. Returns the exit code."""
    folder = bundled("reports/schema")
    if "--write" in arguments:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in schemas().items():
            (folder / name).write_text(text, encoding="utf-8")
        return 0
    old = stale(folder)
    for name in old:
        sys.stderr.write(f"{folder / name} is stale; run: python -m grader.report.schema --write\n")
    return 1 if old else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
