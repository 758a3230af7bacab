from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from grader.model.grade import Grade
from grader.report import schema
from grader.report.json import dump

FOLDER = Path(__file__).parents[2] / "reports" / "schema"


@pytest.fixture(scope="module")
def report_schema() -> dict[str, Any]:
    return json.loads((FOLDER / schema.REPORT).read_text(encoding="utf-8"))


def test_the_schema_files_are_as_the_models_say() -> None:
    old = schema.stale(FOLDER)

    assert old == [], "run: python -m grader.report.schema --write"


def test_a_changed_schema_file_is_noticed(tmp_path: Path) -> None:
    (tmp_path / schema.REPORT).write_text("{}", encoding="utf-8")

    old = schema.stale(tmp_path)

    assert old == [schema.REPORT, schema.EVIDENCE, schema.EXERCISE]


def test_every_report_fits_its_schema(sample: Grade, report_schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(report_schema)

    errors = list(validator.iter_errors(json.loads(dump(sample))))

    assert errors == []


def test_the_schema_refuses_an_unknown_verdict(sample: Grade, report_schema: dict[str, Any]) -> None:
    data = json.loads(dump(sample))
    data["checks"][0]["verdict"] = "great"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, report_schema)
