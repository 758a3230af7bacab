"""``action.yml``: pinned, without secrets, and no input becomes a part of a script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.platforms.github import no_outputs
from tests.platforms.composite import Job, plain_environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def action() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return data


def test_other_actions_are_pinned_to_commits(action: dict[str, Any]) -> None:
    used = [step["uses"] for step in action["runs"]["steps"] if "uses" in step]

    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name)] == []


def test_no_expression_stands_in_a_script(action: dict[str, Any]) -> None:
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]

    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)


def test_it_asks_for_no_secret_and_no_token() -> None:
    assert not re.search(r"secrets|token", (ROOT / "action.yml").read_text(encoding="utf-8"), re.IGNORECASE)


def test_every_python_is_isolated_from_the_files_of_the_student(action: dict[str, Any]) -> None:
    scripts = "\n".join(step["run"] for step in action["runs"]["steps"] if "run" in step)

    assert re.findall(r'python" (\S+)|PYTHON" (\S+)', scripts)
    assert [line for line in scripts.split("\n") if re.search(r'^\s*"\$PYTHON"', line) and " -I " not in line] == []


def test_its_outputs_are_those_of_the_step(action: dict[str, Any]) -> None:
    values = [about["value"] for about in action["outputs"].values()]
    of_the_step = {match[1] for value in values if (match := re.search(r"steps\.grade\.outputs\.([\w-]+)", value))}

    assert of_the_step == set(no_outputs(""))


@pytest.mark.parametrize(
    ("code", "must_pass", "ends"),
    [(0, "true", 0), (1, "true", 1), (1, "false", 0), (2, "false", 2), (3, "false", 3), (139, "false", 139)],
)
def test_only_missing_points_can_be_let_pass(code: int, must_pass: str, ends: int, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexit {code}\n")
    python.chmod(0o755)
    job = Job(ROOT, tmp_path, tmp_path / "temp", plain_environment(tmp_path))
    job.use(must_pass=must_pass)
    job.contexts["steps.install.outputs.python"] = str(python)

    assert job.step("grade").code == ends


def test_the_workflows_in_the_documentation_use_inputs_and_outputs_that_there_are(action: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "platforms" / "github.md").read_text(encoding="utf-8")
    workflows = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(name: .*?)```", page, re.DOTALL)]
    steps = [step for workflow in workflows for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if "/pargrade@" in step.get("uses", "")]

    assert len(ours) == len(workflows) == 2
    assert {name for step in ours for name in step["with"]} <= set(action["inputs"])
    assert set(re.findall(r"steps\.pargrade\.outputs\.([\w-]+)", page)) <= set(action["outputs"])
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in workflows)
    for name in (*action["inputs"], *action["outputs"]):
        assert f"`{name}`" in page
