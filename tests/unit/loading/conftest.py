"""What the tests of loading share: writing a file and loading it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.loading import load
from grader.model.submission import Submission

LoadScript = Callable[..., Submission]
LoadNotebook = Callable[..., Submission]


@pytest.fixture
def load_script(tmp_path: Path) -> LoadScript:
    def write_and_load(content: bytes | str, name: str = "my_script.py") -> Submission:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(path)

    return write_and_load


@pytest.fixture
def load_notebook(tmp_path: Path) -> LoadNotebook:
    def write_and_load(*sources: Any, name: str = "my_notebook.ipynb", **top: Any) -> Submission:
        cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **top}
        path = tmp_path / name
        path.write_text(json.dumps(notebook))
        return load(path)

    return write_and_load
