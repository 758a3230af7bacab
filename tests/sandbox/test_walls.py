"""Walls stand before any code of a student runs, or nothing runs; the choice among them is made by attacking."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import SandboxError, UnknownName
from grader.model.run import REQUIRED_FOR_GRADED, Guarantee, Guarantees, Observation, RunRequest
from grader.sandbox import choose_sandbox
from grader.sandbox.choice import best_sandbox, holding, walled_backends
from grader.sandbox.filter import Guards, build_filter
from grader.sandbox.practice import PracticeSandbox
from grader.sandbox.probe import attack
from grader.sandbox.syscalls import machine_named
from grader.sandbox.walled import LAUNCHER
from tests.sandbox.conftest import WALLED, make_request

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="walls exist on Linux only")]


def launch(place: Path, **changes: list[str]) -> tuple[int, str, bool]:
    """Run the launcher by itself: exit code, error output, and whether it became the program."""
    machine = machine_named(platform.machine())
    config = {
        "command": [sys.executable, "-I", "-c", "open('ran', 'w').close()"],
        "folder": [str(place)],
        "environment": ["PATH=/bin"],
        "limit": ["CORE=0"],
        "least_abi": ["1"],
        "most_abi": ["9"],
        "filter": [build_filter(machine, Guards()).hex()],
        "seccomp_call": [str(machine.number("seccomp"))],
        **changes,
    }
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(20)
        command = [sys.executable, "-I", "-S", str(LAUNCHER), str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE, text=True)
        theirs.close()
        ours.send(b"".join(f"{key}\0{value}\0".encode() for key, values in config.items() for value in values))
        ours.send(b"\n")
        _, said = process.communicate(timeout=20)
    return process.returncode, said, (place / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"least_abi": ["99"]}, "Landlock has version"),
        ({"folder": ["/nowhere/at/all"]}, "No such file"),
        ({"filter": ["ff"]}, "seccomp: Invalid argument"),
        ({"filter": []}, "KeyError: 'filter'"),
    ],
    ids=["old-landlock", "no-folder", "bad-filter", "no-filter"],
)
def test_a_wall_that_cannot_be_built_ends_the_launcher_before_the_program(
    temp_folder: Path, changes: dict[str, list[str]], reason: str
) -> None:
    code, said, ran = launch(temp_folder, **changes)

    assert (code, ran) == (97, False)
    assert said.startswith("sandbox launcher: ")
    assert reason in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root can become another user")
def test_a_user_that_cannot_be_become_ends_the_launcher(temp_folder: Path) -> None:
    code, _, ran = launch(temp_folder, uid=["12345"])

    assert (code, ran) == (97, False)


@pytest.mark.skipif(not WALLED, reason="no sandbox with walls holds here")
# attacks: 125
@pytest.mark.parametrize("backend", sorted(WALLED))
def test_no_other_user_of_the_machine_can_look_into_the_folder_of_a_run(backend: str) -> None:
    seen = WALLED[backend]().run(
        make_request(
            "import os\nprint(*(f'{os.stat(f).st_mode & 0o777:o}' for f in ('..', '.', os.environ['TMPDIR'])))"
        )
    )

    above, work, temp = (int(mode, 8) for mode in seen.stdout.split())
    assert (above & 0o077 == 0 or "jail" in backend) or (work & 0o077, temp & 0o077) == (0, 0)


def test_the_best_sandbox_gives_what_graded_mode_needs() -> None:
    given = choose_sandbox("best").guarantees().given

    assert set(REQUIRED_FOR_GRADED) <= set(given)


@pytest.mark.parametrize("backend", sorted(WALLED))
def test_attacking_a_sandbox_that_holds_finds_no_fault(backend: str) -> None:
    faults = attack(WALLED[backend]()).faults

    assert faults == ()


def test_attacking_a_sandbox_without_walls_finds_each_of_them_open() -> None:
    faults = " ".join(attack(PracticeSandbox()).faults)

    assert all(f"{wall}: an attack succeeded" in faults for wall in ("files", "network", "grader-safety"))


def test_a_sandbox_that_does_not_work_here_is_refused_with_the_reason() -> None:
    name = "landlock" if os.geteuid() == 0 else "uid"

    with pytest.raises(SandboxError, match=f"The sandbox '{name}' does not work here") as caught:
        choose_sandbox(name)

    assert holding(name)[1][0] in caught.value.message


def test_a_jail_without_bubblewrap_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from grader.sandbox.jail import JailSandbox

    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SandboxError, match="needs bubblewrap"):
        JailSandbox().run(make_request(""))


def test_an_unknown_sandbox_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="jail"):
        choose_sandbox("jial")


def test_what_was_passed_over_is_told_with_its_faults() -> None:
    choice = best_sandbox()

    names = list(walled_backends())
    chosen = choice.sandbox.guarantees().backend
    assert list(choice.passed_over) == (names[: names.index(chosen)] if chosen in names else names)
    assert all(choice.passed_over.values())


def test_a_sandbox_with_walls_gives_every_guarantee() -> None:
    for make in WALLED.values():
        known = make().guarantees()

        assert set(known.given) == set(Guarantee)


def test_a_sandbox_that_cannot_even_be_laid_out_does_not_hold() -> None:
    class InAFolderOfOthers:
        def run(self, request: RunRequest) -> Observation:
            raise PermissionError(13, "Permission denied", "/home/other/bin/python3")

        def guarantees(self) -> Guarantees:
            raise NotImplementedError

    trial = attack(InAFolderOfOthers())

    assert not trial.holds
    assert "/home/other/bin/python3" in trial.faults[0]
