"""The same tests once more as an ordinary user, where they were started as root: other backends hold there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

NOBODY = 65534
HERE = Path(__file__).parent
SETPRIV = shutil.which("setpriv")
IS_ROOT_ON_LINUX = sys.platform == "linux" and os.geteuid() == 0 and SETPRIV is not None


def as_nobody(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command as a user without any rights of its own."""
    assert SETPRIV is not None
    user = [SETPRIV, "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "--inh-caps=-all"]
    return subprocess.run([*user, *command], capture_output=True, text=True, **options)  # type: ignore[call-overload]


def interpreter_for_everyone() -> str | None:
    """This interpreter, unless it lies where others cannot reach it."""
    return sys.executable if as_nobody("/usr/bin/test", "-x", sys.executable).returncode == 0 else None


ONCE_MORE = "namespaces or network or other_processes or signals_by_other_ways or leases or pools"
"""What depends on who grades, and on the version of Landlock. All is tried by ``tests/sandbox/guarantees.py``."""
SELECTED = {
    "test_conformance.py": "landlock and not linux-6.7",
    "test_walls.py": "not practice",
    "test_attacks.py": f"an_attack_fails and landlock and ({ONCE_MORE})",
}


@pytest.fixture(scope="module")
def python() -> str:
    """An interpreter that everyone can run."""
    if not IS_ROOT_ON_LINUX:
        pytest.skip("the whole run is already that of an ordinary user, or not on Linux")
    found = interpreter_for_everyone()
    if found is None:
        pytest.skip("no interpreter of this version can be reached by other users")
    if as_nobody("/usr/bin/test", "-r", str(HERE)).returncode != 0:
        pytest.skip("this checkout cannot be read by other users")
    return found


@pytest.fixture
def environment() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(Path(pytest.__file__).parents[1])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/nonexistent",
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("file", SELECTED)
def test_what_depends_on_the_user_holds_for_an_ordinary_one_too(
    file: str, python: str, environment: dict[str, str], temp_folder: Path
) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", SELECTED[file])

    done = as_nobody(*(python, "-m", "pytest", *options, str(HERE / file)), env=environment, cwd=HERE.parents[1])

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_landlock_holds_for_an_ordinary_user(python: str, environment: dict[str, str]) -> None:
    trial = "from grader.sandbox.choice import holding; print(holding('landlock')[1])"

    assert as_nobody(python, "-c", trial, env=environment).stdout == "()\n"
