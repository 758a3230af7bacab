"""Our filter against one that libseccomp makes from a plain list of what should happen: both answer alike."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from grader.sandbox.filter import FORKS, ON_ONESELF, REFUSED, WITHOUT_EFFECT, Guards, build_filter
from grader.sandbox.syscalls import LAST_KNOWN, Machine
from tests.unit.sandbox.test_filter import each_machine, verdict

NEW_NAMESPACES = [1 << place for place in range(32) if 0x7E020000 >> place & 1]
THREAD = 0x10000
VALUES = (
    *(0, 1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 17, 22, 38, 77, 1024, 0x8901, THREAD, 0x3D0F00, 0xFFFFFFFF),
    *(0x80001, 0x80002, 0x80005, *(bit | 17 for bit in NEW_NAMESPACES)),
)
"""Arguments at the borders of what the filter tells apart."""
WITH_ARGUMENTS = {"clone", "fcntl", "ioctl", "prctl", "setrlimit", "socket", "socketpair", *ON_ONESELF}

Rule = tuple[int, str, list[Any]]


@pytest.fixture
def seccomp() -> Any:
    return pytest.importorskip("pyseccomp", reason="needs pyseccomp and the system's libseccomp", exc_type=Exception)


def rules(seccomp: Any) -> Iterator[Rule]:
    """What the filter's documentation promises, call by call; all else is allowed."""
    refuse, allow_nothing, hold_back = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(0), seccomp.NOTIFY
    no_access = seccomp.ERRNO(errno.EACCES)

    def has(index: int, value: int, mask: int = 0xFFFFFFFF) -> Any:
        return seccomp.Arg(index, seccomp.MASKED_EQ, mask, value)

    yield from ((refuse, call, []) for call in REFUSED)
    yield from ((allow_nothing, call, []) for call in WITHOUT_EFFECT)
    yield from ((hold_back, call, []) for call in (*FORKS, "exit", "exit_group", "connect"))
    yield seccomp.ERRNO(errno.ENOSYS), "clone3", []
    yield hold_back, "clone", [has(0, 0, sum(NEW_NAMESPACES) | THREAD)]
    yield from ((refuse, "clone", [has(0, bit, bit)]) for bit in NEW_NAMESPACES)
    yield refuse, "prctl", [has(0, 22)]
    yield allow_nothing, "prctl", [has(0, 4)]
    yield refuse, "setrlimit", [has(0, 15)]
    yield refuse, "prlimit64", [has(1, 15)]
    yield refuse, "fcntl", [has(1, 1024)]
    yield from ((refuse, call, [seccomp.Arg(0, seccomp.NE, 0)]) for call in ON_ONESELF)
    for call in ("socket", "socketpair"):
        yield no_access, call, [seccomp.Arg(0, seccomp.NE, 1)]
        yield from ((no_access, call, [has(0, 1), has(1, kind, 0xF)]) for kind in range(16) if kind not in (1, 5))


def theirs(seccomp: Any, machine: Machine) -> tuple[bytes, set[int]]:
    """Libseccomp's filter, and the numbers of calls that are too new for the library."""
    arch = {"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}[machine.name]
    made = seccomp.SyscallFilter(seccomp.ALLOW)
    if not made.exist_arch(arch):
        made.add_arch(arch)
        made.remove_arch(seccomp.system_arch())
    unknown = set()
    for action, call, conditions in rules(seccomp):
        number = machine.number(call)
        if number is None:
            continue
        if seccomp.resolve_syscall(arch, call) == -1:
            unknown.add(number)
        else:
            made.add_rule(action, call, *conditions)
    with tempfile.TemporaryFile() as file:
        made.export_bpf(file)
        file.seek(0)
        return file.read(), unknown


@each_machine
def test_libseccomp_makes_a_filter_that_answers_alike(machine: Machine, seccomp: Any) -> None:
    ours = build_filter(machine, Guards())
    their_filter, unknown = theirs(seccomp, machine)
    named = {number: call for call, number in machine.numbers().items()}

    differing = [
        (named.get(number, number), arguments)
        for number in range(LAST_KNOWN + 1)
        if number not in unknown
        for arguments in product(VALUES if named.get(number) in WITH_ARGUMENTS else (0, 77), repeat=2)
        if verdict(ours, machine.audit_arch, number, *arguments)
        != verdict(their_filter, machine.audit_arch, number, *arguments)
    ]

    assert differing == []
    assert len(unknown) < 10
