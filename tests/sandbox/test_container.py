"""The walls in a container like Docker's default one, started with crun or runc where this machine can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.container.bundle import CAPABILITIES
from tests.sandbox.test_ordinary_user import IS_ROOT_ON_LINUX, interpreter_for_everyone

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        IS_ROOT_ON_LINUX and interpreter_for_everyone() is None, reason="others cannot reach this interpreter"
    ),
]

CHECKOUT = Path(__file__).resolve().parents[2]
RUN = CHECKOUT / "tests" / "container" / "run"
NOBODY = 65534
SHORT = "links or fork_bomb or daemon_without_marks or hidden or network or other_processes or pools or namespaces"
"""A cut through the attacks; all of them are tried by ``tests/sandbox/guarantees.py``."""


def in_container(*command: str, user: int = 0, drop: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    options = ["--user", str(user)]
    for option, values in (("--show", what_python_needs()), ("--drop", drop)):
        options += [word for value in values for word in (option, value)]
    return subprocess.run([sys.executable, str(RUN), *options, *command], capture_output=True, text=True, timeout=400)


def what_python_needs() -> list[str]:
    """Folders of the interpreter and of its packages."""
    parts = {sys.prefix, sys.base_prefix, str(Path(pytest.__file__).parents[1]), *filter(os.path.isabs, sys.path[1:])}
    folders = {Path(part).resolve() for part in parts if Path(part).is_dir()}
    return [str(path) for path in sorted(folders) if not path.is_relative_to(CHECKOUT)]


@cache
def reason_against() -> str:
    """Why no container can be started here, or nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "only root on Linux can start a container without an engine"
    if not any(shutil.which(name) for name in ("crun", "runc")):
        return "neither crun nor runc is installed"
    tried = in_container("/bin/true")
    if tried.returncode != 0:
        return f"no container can be started here: {tried.stderr.strip()[-300:]}"
    if in_container(sys.executable, "-c", "", user=NOBODY).returncode != 0:
        return "this interpreter cannot be reached by other users"
    return ""


@pytest.fixture(autouse=True)
def container() -> None:
    if reason := reason_against():
        pytest.skip(reason)


def test_it_is_a_container_as_docker_makes_one() -> None:
    status = in_container("/bin/cat", "/proc/self/status").stdout

    assert "CapEff:\t00000000a80425fb" in status
    assert "Seccomp:\t2" in status
    assert in_container("/usr/bin/unshare", "--user", "true").returncode != 0
    assert in_container("/bin/touch", "/etc/planted").returncode != 0


@pytest.mark.parametrize(("user", "backend"), [(0, "uid"), (NOBODY, "landlock")])
def test_a_sandbox_holds_in_it(user: int, backend: str) -> None:
    code = f"from grader.sandbox.choice import holding; print(holding({backend!r})[1])"

    assert in_container(sys.executable, "-c", code, user=user).stdout == "()\n"


def test_a_capability_that_is_missing_for_uid_is_told() -> None:
    code = "from grader.sandbox.choice import holding; print(holding('uid')[1])"

    tried = in_container(sys.executable, "-c", code, drop=["CAP_DAC_OVERRIDE", "CAP_FOWNER"])

    assert "The folder of a run cannot be removed" in tried.stdout
    assert tried.stderr == ""


def test_the_capabilities_that_the_docs_name_are_enough_for_uid() -> None:
    needed = {"CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"}
    code = "from grader.sandbox.choice import holding; print(holding('uid')[1])"

    assert in_container(sys.executable, "-c", code, drop=sorted(set(CAPABILITIES) - needed)).stdout == "()\n"


@pytest.mark.timeout(420)
@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "nobody"])
def test_attacks_fail_in_it_and_honest_programs_pass(user: int) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-c", str(CHECKOUT / "pyproject.toml"))
    attacks = CHECKOUT / "tests" / "sandbox" / "test_attacks.py"

    done = in_container(
        *(sys.executable, "-m", "pytest", *options, "-k", f"an_attack_fails and ({SHORT})", str(attacks)), user=user
    )

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
