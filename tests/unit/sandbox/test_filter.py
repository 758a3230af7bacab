"""What the seccomp filter answers, computed by running its program as the kernel would."""

from __future__ import annotations

import errno
import platform
import struct

import pytest

from grader.sandbox.filter import ALLOW, ERRNO, KILL, NOTIFY, REFUSED, WITHOUT_EFFECT, Guards, build_filter
from grader.sandbox.syscalls import AARCH64, LAST_KNOWN, X86_64, Machine

MACHINES = [X86_64, AARCH64]
I386 = 0x40000003
each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


def verdict(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """Run the filter on one call; the subset of classic BPF that it uses."""
    values = [*arguments, *[0] * 6][:6]
    data = struct.pack("=iIQ6Q", number - (1 << 32) if number >= 1 << 31 else number, arch, 0, *values)
    at, accumulator = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("=HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                accumulator = struct.unpack_from("=I", data, value)[0]
            case 0x54:
                accumulator &= value
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x05:  # this one and the next are for filters of others
                at += value
            case 0x25:
                at += if_true if accumulator > value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x45:
                at += if_true if accumulator & value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown instruction {code:#x}")


def answer(machine: Machine, call: str, *arguments: int, guards: Guards = Guards()) -> int:  # noqa: B008, frozen
    number = machine.number(call)
    assert number is not None
    return verdict(build_filter(machine, guards), machine.audit_arch, number, *arguments)


@each_machine
def test_every_refused_call_is_refused(machine: Machine) -> None:
    allowed = [
        call for call in REFUSED if machine.number(call) is not None and answer(machine, call) != ERRNO | errno.EPERM
    ]

    assert allowed == []


@each_machine
def test_changes_of_rights_and_times_seem_to_succeed(machine: Machine) -> None:
    present = [call for call in WITHOUT_EFFECT if machine.number(call) is not None]

    assert {answer(machine, call) for call in present} == {ERRNO}


@each_machine
def test_ordinary_calls_pass(machine: Machine) -> None:
    program = build_filter(machine, Guards())
    named = set(machine.numbers().values())

    verdicts = {verdict(program, machine.audit_arch, number) for number in range(LAST_KNOWN + 1) if number not in named}

    assert verdicts == {ALLOW}


@each_machine
def test_calls_of_another_machine_end_the_process(machine: Machine) -> None:
    program = build_filter(machine, Guards())

    assert verdict(program, I386, 2) == KILL


def test_calls_with_x32_numbers_end_the_process() -> None:
    program = build_filter(X86_64, Guards())

    assert {verdict(program, X86_64.audit_arch, 0x40000000 + number) for number in (0, 57, 59, 520)} == {KILL}
    assert verdict(program, X86_64.audit_arch, 0xFFFFFFFF) == KILL


@each_machine
def test_calls_that_are_not_known_do_not_exist(machine: Machine) -> None:
    program = build_filter(machine, Guards())

    assert verdict(program, machine.audit_arch, LAST_KNOWN + 1) == ERRNO | errno.ENOSYS


@each_machine
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("clone", (17,), NOTIFY),
        ("clone", (0x11, 0, 0), NOTIFY),
        ("clone", (0x3D0F00,), ALLOW),  # a thread
        ("clone", (0x10000000 | 17,), ERRNO | errno.EPERM),
        ("clone", (0x00020000 | 17,), ERRNO | errno.EPERM),
        ("clone", (0x02000000 | 17,), ERRNO | errno.EPERM),
        ("clone", (0x10000000 | 0x00010000,), ERRNO | errno.EPERM),
        ("clone3", (0, 88), ERRNO | errno.ENOSYS),
        ("exit", (0,), NOTIFY),
        ("exit_group", (0,), NOTIFY),
        ("prctl", (22,), ERRNO | errno.EPERM),
        ("prctl", (4, 0), ERRNO),
        ("prctl", (15,), ALLOW),
        ("prlimit64", (0, 7), ALLOW),
        ("prlimit64", (0, 15), ERRNO | errno.EPERM),
        ("prlimit64", (77, 7), ERRNO | errno.EPERM),
        ("setrlimit", (7,), ALLOW),
        ("setrlimit", (15,), ERRNO | errno.EPERM),
        ("sched_setaffinity", (0,), ALLOW),
        ("sched_setaffinity", (77,), ERRNO | errno.EPERM),
        ("socket", (1, 1), ALLOW),
        ("socket", (1, 0x80801), ALLOW),
        ("socket", (1, 5), ALLOW),
        ("socket", (1, 2), ERRNO | errno.EACCES),
        ("socket", (1, 3), ERRNO | errno.EACCES),
        ("socket", (2, 1), ERRNO | errno.EACCES),
        ("socket", (10, 1), ERRNO | errno.EACCES),
        ("socketpair", (1, 1), ALLOW),
        ("socketpair", (1, 2), ERRNO | errno.EACCES),
        ("connect", (3,), NOTIFY),
        ("kill", (77, 9), ALLOW),
    ],
)
def test_a_call_is_judged_by_its_arguments(
    machine: Machine, call: str, arguments: tuple[int, ...], expected: int
) -> None:
    assert answer(machine, call, *arguments) == expected


@each_machine
def test_the_upper_half_of_an_argument_changes_nothing(machine: Machine) -> None:
    assert answer(machine, "socket", 2 + (1 << 32), 1) == ERRNO | errno.EACCES
    assert answer(machine, "clone", (1 << 32) | 0x10000000) == ERRNO | errno.EPERM


@each_machine
def test_without_its_guard_a_connection_passes(machine: Machine) -> None:
    assert answer(machine, "connect", 3, guards=Guards(connect=False)) == ALLOW


@each_machine
@pytest.mark.parametrize("call", ["kill", "tkill", "tgkill", "rt_sigqueueinfo", "pidfd_send_signal"])
def test_with_their_guard_signals_are_held_back(machine: Machine, call: str) -> None:
    assert answer(machine, call, 77, 9, guards=Guards(kill=True)) == NOTIFY


@each_machine
@pytest.mark.parametrize(("call", "command"), [("fcntl", 8), ("fcntl", 15), ("ioctl", 0x8901), ("ioctl", 0x8902)])
def test_with_their_guard_signals_cannot_be_ordered_either(machine: Machine, call: str, command: int) -> None:
    assert answer(machine, call, 3, command, guards=Guards(kill=True)) == ERRNO | errno.EPERM
    assert answer(machine, call, 3, 3, guards=Guards(kill=True)) == ALLOW


@each_machine
@pytest.mark.parametrize(("descriptor", "expected"), [(0, ALLOW), (2, ALLOW), (3, NOTIFY), (1023, NOTIFY)])
def test_with_its_guard_writing_to_all_but_the_standard_streams_is_held_back(
    machine: Machine, descriptor: int, expected: int
) -> None:
    assert answer(machine, "write", descriptor, guards=Guards(write=True)) == expected
    assert answer(machine, "write", descriptor) == ALLOW


@each_machine
def test_the_numbers_are_those_of_libseccomp(machine: Machine) -> None:
    seccomp = pytest.importorskip("pyseccomp", reason="needs pyseccomp and the system's libseccomp", exc_type=Exception)
    arch = {"x86_64": seccomp.Arch.X86_64, "aarch64": seccomp.Arch.AARCH64}[machine.name]
    theirs = {call: seccomp.resolve_syscall(arch, call) for call in machine.numbers()}
    newer_than_the_library = {call for call, number in theirs.items() if number == -1}

    differing = {
        call: (number, theirs[call])
        for call, number in machine.numbers().items()
        if call not in newer_than_the_library and theirs[call] != number
    }

    assert differing == {}
    assert len(newer_than_the_library) < 10


def test_this_machine_has_a_table_or_no_walled_sandbox() -> None:
    from grader.errors import SandboxError
    from grader.sandbox.syscalls import machine_named

    with pytest.raises(SandboxError, match="knows no system calls"):
        machine_named("pdp11")
    if platform.machine() in ("x86_64", "aarch64"):
        assert machine_named(platform.machine()).name == platform.machine()
