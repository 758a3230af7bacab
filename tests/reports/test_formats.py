from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import UnknownName
from grader.report import formats

SAMPLE = Path(__file__).parents[2] / "reports" / "samples" / "full_marks.json"


def test_the_formats_are_those_of_the_command_line() -> None:
    assert {"terminal", "html", "markdown", "json", "junit"} <= set(formats().names())


def test_an_unknown_format_lists_near_names() -> None:
    with pytest.raises(UnknownName, match="Closest: html"):
        formats().get("htm")


def test_writing_json_loads_neither_jinja2_nor_rich() -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from grader.report import formats; from grader.report.json import load;"
        "formats().get('json')(load(Path(sys.argv[1]))); print({'jinja2', 'rich'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program, SAMPLE], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
