"""Runs the steps of a composite action as a runner of GitHub does: by bash, with files for outputs and summary."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.actions_runner import entries

_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")


@dataclass
class Done:
    """What one step did."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


@dataclass
class Job:
    """A job in which an action is used. ``contexts`` are values such as ``steps.python.outputs.python-path``."""

    action: Path
    workspace: Path
    temp: Path
    environment: Mapping[str, str]
    contexts: dict[str, str] = field(default_factory=dict)

    @property
    def description(self) -> dict[str, Any]:
        """What ``action.yml`` says."""
        data: dict[str, Any] = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        return data

    def use(self, **inputs: str) -> None:
        """Begin to use the action with these inputs."""
        self.contexts["github.action_path"] = str(self.action)
        for name, about in self.description["inputs"].items():
            self.contexts[f"inputs.{name}"] = inputs.get(name.replace("-", "_"), about["default"])

    def step(self, step_id: str) -> Done:
        """Run the step with this id and keep its outputs for later ones."""
        (step,) = (step for step in self.description["runs"]["steps"] if step.get("id") == step_id)
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an expression in a script would be a part of it"
        given = {name: self.resolved(value) for name, value in step.get("env", {}).items()}
        self.temp.mkdir(exist_ok=True)
        files = {name: self.temp / f"{step_id}-{name.lower()}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("")
        script = self.temp / f"{step_id}.sh"
        script.write_text(step["run"])
        runners = {"RUNNER_TEMP": str(self.temp), "GITHUB_WORKSPACE": str(self.workspace), "CI": "true"}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**self.environment, **runners, **{name: str(path) for name, path in files.items()}, **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=110,
        )
        outputs = entries(files["GITHUB_OUTPUT"].read_text(encoding="utf-8"))
        self.contexts |= {f"steps.{step_id}.outputs.{name}": value for name, value in outputs.items()}
        log = done.stdout.decode("utf-8", "replace")
        return Done(done.returncode, log, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"), outputs)

    def resolved(self, value: str) -> str:
        """The text with the values of its expressions, which have to be names of known contexts."""
        return _EXPRESSION.sub(lambda found: self.contexts.get(found[1], ""), value)


def plain_environment(home: Path) -> dict[str, str]:
    """What little a job has from its machine."""
    return {"PATH": os.defpath, "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)}
