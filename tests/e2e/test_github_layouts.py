"""The layouts of GitHub Actions and Classroom 50, made in a folder, and the real entry scripts run in them.

An honest, a wrong and a hostile submission each; the verdicts are those of ``grade --json``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.choice import best_sandbox
from tests.platforms import test_classroom50 as classroom50
from tests.platforms.actions_runner import entries, obeyed
from tests.platforms.composite import Done, Job, plain_environment

ROOT = Path(__file__).resolve().parents[2]
HONEST = (ROOT / "solutions" / "async_map" / "with_statement.py").read_text(encoding="utf-8")
WRONG = (ROOT / "tests" / "corpus" / "async_map" / "one_map.py").read_text(encoding="utf-8")
FORGED = r"""
::error file=my_script.py,line=1::forged
  ::add-mask::points
::stop-commands::forged
##[error]forged
score<<END
10
END
score=10
"""
HOSTILE = (
    '''
import concurrent.futures, os, sys
from pathlib import Path

FORGED = r"""'''
    + FORGED
    + '''"""
NAMES = ("result.json", "release-body.md", "report.html", "report.json", "pargrade.toml")
PLACES = [Path(place) for place in PLACES_HERE]
for folder in (*PLACES, *Path("/proc/self").parents, *[Path(p) for p in sys.path if p]):
    for path in (folder, *(folder / name for name in NAMES)):
        try:
            with open(path, "a") as file:
                file.write(FORGED)
        except OSError:
            pass
        try:
            print(open(path).read(200))
        except (OSError, UnicodeDecodeError):
            pass
for name, value in os.environ.items():
    if name.startswith(("GITHUB", "RUNNER", "PARGRADE_R")) and name != "PARGRADE_RUN":
        print(name, value)


def add(a, b):
    raise ValueError(FORGED)


product = add
print(FORGED)
sys.stderr.write(FORGED)
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor() as pool:
        print(sum(pool.map(add, range(1, 11), range(11, 21), chunksize=5)))
    raise SystemExit(FORGED)
'''
)
SECRET = "secret 7316021984"
PROGRAMS = {"honest": HONEST, "wrong": WRONG, "hostile": HOSTILE}

OFFLINE = """\
import venv
from pathlib import Path

_create = venv.EnvBuilder.create


def create(self, folder):
    _create(self, folder)
    (site,) = Path(folder).glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text({site!r} + "\\n")


venv.EnvBuilder.create = create
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="these hosts run other people's code on Linux only"),
]


@pytest.fixture(scope="module", autouse=True)
def walls() -> None:
    if best_sandbox().sandbox.guarantees().backend == "practice":
        pytest.skip("no walls hold here, so nothing of others is graded")


@pytest.fixture(scope="module")
def machine() -> Iterator[Path]:
    """A folder that other users can look into, as they can on a host: a run may have a user of its own."""
    folder = Path(tempfile.mkdtemp(prefix="host-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def python(machine: Path) -> Path:
    """A host's Python, but for the package index: in environments made by it, our dependencies are there."""
    folder = machine / "python"
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    ours = "\n".join(path for path in sys.path if path.endswith("site-packages"))
    (site / "offline.pth").write_text(f"{ours}\nimport offline_environments\n")
    (site / "offline_environments.py").write_text(OFFLINE.format(site=ours))
    return folder / "bin" / "python"


def environment(home: Path) -> dict[str, str]:
    """A job's, in which pip asks no package index."""
    # "0": pip takes the value of an option without one for that of the setting, here the isolation itself.
    pip = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_ROOT_USER_ACTION": "ignore"}
    return plain_environment(home) | pip


@dataclass(frozen=True)
class Handed:
    """A submission in a repository, which is also full of files named like modules."""

    repository: Path
    program: str

    def lay_out(self, places: list[Path]) -> None:
        self.repository.mkdir(parents=True)
        places_here = repr([str(place) for place in places])
        (self.repository / "my_script.py").write_text(self.program.replace("PLACES_HERE", places_here))

    def trap(self) -> None:
        for name in ("grader", "json", "pip", "venv", "sitecustomize"):
            (self.repository / f"{name}.py").write_text("raise SystemExit('hijacked')\n")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What ``grade --json`` says of each program."""
    found = {}
    for name, program in PROGRAMS.items():
        folder = tmp_path_factory.mktemp(name)
        Handed(folder / "repository", program).lay_out([])
        options = ["--exercise", "async_map", "--quick", "--graded", "--json", "-"]
        done = subprocess.run(
            [sys.executable, "-m", "grader", str(folder / "repository" / "my_script.py"), *options],
            cwd=ROOT,
            env={**plain_environment(folder), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
            timeout=100,
        )
        assert done.returncode in (0, 1, 3), done.stderr
        found[name] = json.loads(done.stdout)
    return found


def verdicts(receipt: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in receipt["checks"]}


@pytest.fixture(scope="module")
def installed(python: Path, machine: Path) -> Job:
    """A job in which the action's own step has installed the grader."""
    temp = machine / "runner"
    handed = Handed(temp / "student", HONEST)
    handed.lay_out([])
    handed.trap()
    job = Job(ROOT, handed.repository, temp / "temp", environment(temp))
    job.contexts["steps.python.outputs.python-path"] = str(python)
    job.use()
    done = job.step("install")
    assert done.code == 0, done.log
    return job


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_action_grades_as_the_command_line_does(
    name: str, installed: Job, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    handed = Handed(tmp_path / "repository", PROGRAMS[name])
    reports = Path(installed.contexts["steps.install.outputs.reports"])
    handed.lay_out([installed.temp, *(installed.temp / f"grade-{file}" for file in FILES), reports, handed.repository])
    handed.trap()
    (installed.temp / "pargrade.toml").write_text(f"# {SECRET}\n")
    installed.workspace = handed.repository
    installed.use(submission="my_script.py", exercise="async_map", quick="true")

    done = installed.step("grade")

    text = (reports / "report.json").read_text(encoding="utf-8")
    receipt = json.loads(text)
    assert SECRET not in text
    assert ("forged" in text) == (name == "hostile"), "the report shows what was printed"
    assert verdicts(receipt) == verdicts(expected[name])
    assert receipt["sandbox"]["backend"] != "practice"
    assert_honestly_told(done, receipt)
    assert "hijacked" not in done.log


FILES = ("github_output", "github_step_summary")


def assert_honestly_told(done: Done, receipt: dict[str, Any]) -> None:
    usable = receipt["status"] == "graded"
    assert done.outputs["status"] == receipt["status"]
    assert done.outputs["score"] == (f"{receipt['score']:g}" if usable else "")
    assert set(done.outputs) == {"status", "score", "max-score", "full-marks", "summary", "result"}
    full = usable and receipt["score"] == receipt["max_score"]
    assert done.code == (0 if full else 1 if usable else 3)
    told = obeyed(done.log)
    wanted = {check["id"] for check in receipt["checks"] if check["verdict"] in ("failed", "partial", "inconclusive")}
    assert {one.properties["title"].split(":")[0] for one in told if ":" in one.properties["title"]} == wanted
    assert {one.name for one in told} <= {"error", "warning", "notice"}
    assert done.summary.startswith("# Two maps at the same time")


def test_a_missing_file_is_told_and_fails_the_step(installed: Job, tmp_path: Path) -> None:
    installed.workspace = tmp_path
    installed.use(submission="$(touch hijacked).py\n::error::forged")

    done = installed.step("grade")

    assert done.code == 2
    assert [one.properties["title"] for one in obeyed(done.log)] == ["This could not be graded"]
    assert (done.outputs["status"], done.outputs["score"]) == ("not_graded", "")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a teacher puts into the classroom's repository."""
    folder = tmp_path_factory.mktemp("bundle") / "async-map"
    command = [sys.executable, "-m", "grader", "platform", "classroom50", "build", "--exercise", "async_map"]
    subprocess.run([*command, "-o", str(folder)], cwd=ROOT, check=True, capture_output=True)
    settings = folder / "pargrade.toml"
    settings.write_text(settings.read_text().replace('"async_map.py"', '"my_script.py"') + f"quick = true # {SECRET}\n")
    return folder


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_autograder_of_classroom50_grades_as_the_command_line_does(
    name: str, bundle: Path, python: Path, expected: dict[str, dict[str, Any]], machine: Path
) -> None:
    home = machine / name
    handed = Handed(home / "checkout", PROGRAMS[name])
    outputs = home / "output"
    home.mkdir()
    outputs.write_text("")
    victim = home / "victim"
    victim.write_text("safe")
    handed.lay_out([handed.repository, outputs, bundle])
    handed.trap()
    (handed.repository / "result.json").symlink_to(victim)
    (handed.repository / "report.html").symlink_to(victim)
    given = {**environment(home), **classroom50.ENVIRONMENT, "GITHUB_OUTPUT": str(outputs)}

    done = subprocess.run(
        [str(python), str(bundle / "autograder.py")],
        cwd=handed.repository,
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout
    result = classroom50.checked(json.loads((handed.repository / "result.json").read_text(encoding="utf-8")))
    assert {test["test-name"].split(":")[0]: test["verdict"] for test in result["tests"]} == verdicts(expected[name])
    usable = expected[name]["status"] == "graded"
    assert result["max-score"] == (expected[name]["max_score"] if usable else 0)
    assert result["score"] == (expected[name]["score"] if usable else 0)
    assert (
        entries(outputs.read_text())["status"] == {"honest": "success", "wrong": "failure", "hostile": "failure"}[name]
    )
    assert obeyed(done.stdout) == []
    assert victim.read_text() == "safe"
    assert "hijacked" not in done.stdout
    page = (handed.repository / "report.html").read_text(encoding="utf-8")
    assert "</html>" in page
    assert SECRET not in page
