"""The scanner is a standalone program, so the tests load it by its path, as it is started."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import grader.analysis
from grader.model.facts import SourceFacts

Read = Callable[[str | bytes], SourceFacts]


@pytest.fixture(scope="session")
def scanner() -> ModuleType:
    path = Path(grader.analysis.__file__).parent / "scanner" / "pargrade_scan.py"
    spec = importlib.util.spec_from_file_location("scanner_by_path", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def read(scanner: ModuleType) -> Read:
    """What the scanner finds in a program, by way of the JSON that it writes."""

    def read_source(source: str | bytes) -> SourceFacts:
        program = source.encode() if isinstance(source, str) else source
        return SourceFacts.model_validate_json(json.dumps(scanner.scan(program)))

    return read_source
