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
    """This interpreter, or the system's of the same version where this one lies in a home folder."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        if as_nobody("/usr/bin/test", "-x", candidate).returncode == 0:
            return candidate
    return None


@pytest.mark.skipif(not IS_ROOT_ON_LINUX, reason="the whole run is already that of an ordinary user, or not on Linux")
@pytest.mark.timeout(900)
def test_everything_holds_for_an_ordinary_user_too(temp_folder: Path) -> None:
    python = interpreter_for_everyone()
    if python is None:
        pytest.skip("no interpreter of this version can be reached by other users")
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(Path(pytest.__file__).parents[1])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/nonexistent",
    }
    files = [HERE / name for name in ("test_conformance.py", "test_attacks.py", "test_walls.py")]

    done = as_nobody(
        *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-k", "not practice"),
        *map(str, files),
        env=environment,
        cwd=HERE.parents[1],
    )
    trial = "from grader.sandbox.choice import holding; print(holding('landlock')[1])"
    faults = as_nobody(python, "-c", trial, env=environment).stdout

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert faults == "()\n"
