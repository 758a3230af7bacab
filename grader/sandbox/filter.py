"""The seccomp filter of a walled run, as a program of the kernel's classic BPF.

What is refused, and why the rest is not, follows from two needs: nothing outside the run may be reached or
watched, and pools of all three start methods must work. Sources: ``man 2 seccomp``, ``linux/filter.h``,
``linux/seccomp.h``; the program is built in the grader and handed to the launcher as bytes.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

from grader.sandbox.syscalls import LAST_KNOWN, X86_64, Machine

ALLOW, ERRNO, NOTIFY, KILL = 0x7FFF0000, 0x00050000, 0x7FC00000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_NEW_ANYTHING = 0x7E020000
_CLONE_THREAD = 0x00010000
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_TYPE_MASK = 1, 1, 5, 0xF
_PR_SET_DUMPABLE, _PR_SET_SECCOMP = 4, 22
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX, _F_SETLEASE = 8, 10, 15, 1024
_FIOSETOWN, _SIOCSPGRP = 0x8901, 0x8902
RLIMIT_RTTIME = 15
"""The limit that carries a run's mark (``grader.sandbox.marks``): the program must not change it."""

FORKS = ("fork", "vfork")
KILLS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")
WITHOUT_EFFECT = ("chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "futimesat", "utimensat")
"""Landlock does not cover them. They "succeed" and change nothing: a forkserver chmods its own socket."""
ON_ONESELF = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
"""Allowed with process number 0 only, that is, on the caller."""
REFUSED = (
    # other processes
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "pidfd_getfd"),
    *("kcmp", "move_pages", "migrate_pages", "setpriority", "ioprio_set", "perf_event_open", "seccomp"),
    # ways around this filter, and large parts of the kernel that exercises have no use for
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "userfaultfd", "memfd_secret"),
    "memfd_create",  # memory that no process has mapped, and programs without a path
    *("keyctl", "add_key", "request_key", "lsm_set_self_attr", "personality", "modify_ldt", "iopl", "ioperm"),
    # namespaces, mounts, the machine
    *("unshare", "setns", "mount", "umount2", "move_mount", "open_tree", "fsopen", "fspick", "fsconfig"),
    *("fsmount", "mount_setattr", "pivot_root", "chroot", "statmount", "listmount", "quotactl", "quotactl_fd"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon"),
    *("swapoff", "acct", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname"),
    *("setdomainname", "lookup_dcookie", "vhangup", "syslog"),
    # files by other ways than their names, and what Landlock does not cover
    *(
        "name_to_handle_at",
        "open_by_handle_at",
        "fanotify_init",
        "inotify_add_watch",
        "chown",
        "fchown",
        "lchown",
        "fchownat",
    ),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    # System V and POSIX queues are shared by the whole machine
    *("shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"),
)


@dataclass(frozen=True)
class Guards:
    """Calls that the supervisor answers one by one, besides forks and exits."""

    connect: bool = True
    """Connections to sockets by path: needed where such sockets can be seen."""
    kill: bool = False
    """Signals: needed where neither Landlock (ABI 6) nor a uid nor a namespace keeps them inside."""
    write: bool = False
    """Writing to anything but the standard streams, so that messages between the processes can be read."""


def build_filter(machine: Machine, guards: Guards) -> bytes:
    """The filter for this machine."""
    program = _Program(machine)
    for call in REFUSED:
        program.on(call, _answer(errno.EPERM))
    for call in WITHOUT_EFFECT:
        program.on(call, _answer(0))
    program.on("clone3", _answer(errno.ENOSYS))  # its flags lie in memory; libraries fall back to clone
    _on_oneself(program)
    _processes(program)
    _sockets(program, guards)
    _signals(program, guards)
    if guards.write:
        program.on("write", [*_load_argument(0), _instruction(_AT_LEAST, 3, 0, 1), _return(NOTIFY), _return(ALLOW)])
    return program.done()


def _on_oneself(program: _Program) -> None:
    program.on("prlimit64", [*_refuse_if(1, RLIMIT_RTTIME), *_allow_only(0, (0,), errno.EPERM)])
    program.on("setrlimit", [*_refuse_if(0, RLIMIT_RTTIME), _return(ALLOW)])
    for call in ON_ONESELF:
        program.on(call, _allow_only(0, (0,), errno.EPERM))
    # A second filter could hide forks; a process that cannot be read would make its connections fail.
    program.on(
        "prctl",
        [*_refuse_if(0, _PR_SET_SECCOMP), _equal(_PR_SET_DUMPABLE, 0, 1), *_answer(0), _return(ALLOW)],
    )


def _processes(program: _Program) -> None:
    program.on(
        "clone",
        [
            *_load_argument(0),
            _instruction(_ANY_BIT, _CLONE_NEW_ANYTHING, 0, 1),
            *_answer(errno.EPERM),
            _instruction(_ANY_BIT, _CLONE_THREAD, 0, 1),
            _return(ALLOW),
            _return(NOTIFY),
        ],
    )
    for call in (*FORKS, "exit", "exit_group"):
        program.on(call, [_return(NOTIFY)])


def _sockets(program: _Program, guards: Guards) -> None:
    """Local sockets that connect before they send: datagrams carry an address each and go around ``connect``."""
    kind = [
        *_load_argument(1),
        _instruction(_AND, _SOCK_TYPE_MASK),
        _equal(_SOCK_STREAM, 1, 0),
        _equal(_SOCK_SEQPACKET, 0, 1),
        _return(ALLOW),
        *_answer(errno.EACCES),
    ]
    for call in ("socket", "socketpair"):
        program.on(call, [*_load_argument(0), _equal(_AF_UNIX, 1, 0), *_answer(errno.EACCES), *kind])
    if guards.connect:
        program.on("connect", [_return(NOTIFY)])


def _signals(program: _Program, guards: Guards) -> None:
    # A lease makes everyone wait who opens the file, for 45 seconds: the grader, and other runs of the same user.
    commands = (_F_SETLEASE, *((_F_SETOWN, _F_SETSIG, _F_SETOWN_EX) if guards.kill else ()))
    program.on("fcntl", [*(item for command in commands for item in _refuse_if(1, command)), _return(ALLOW)])
    if not guards.kill:
        return
    for call in KILLS:
        program.on(call, [_return(NOTIFY)])
    program.on("ioctl", [*_refuse_if(1, _FIOSETOWN), *_refuse_if(1, _SIOCSPGRP), _return(ALLOW)])


class _Program:
    """A filter in the making: a check of the machine, one block for each call, and leave for the rest."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._parts = [
            _instruction(_LOAD, _ARCH_AT),
            _equal(machine.audit_arch, 1, 0),
            _return(KILL),
            _instruction(_LOAD, _NUMBER_AT),
        ]
        if machine is X86_64:
            self._parts += [_instruction(_AT_LEAST, _X32_BIT, 0, 1), _return(KILL)]
        self._parts += [_instruction(_AT_LEAST, LAST_KNOWN + 1, 0, 1), *_answer(errno.ENOSYS)]
        self._named: set[str] = set()

    def on(self, call: str, block: list[bytes]) -> None:
        """What happens at this call, where the machine has it; the first block for a call counts."""
        number = self._machine.number(call)
        if number is None or call in self._named:
            return
        self._named.add(call)
        self._parts += [_equal(number, 0, len(block)), *block]

    def done(self) -> bytes:
        """The whole program."""
        return b"".join([*self._parts, _return(ALLOW)])


def _instruction(code: int, value: int = 0, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _equal(value: int, if_true: int, if_false: int) -> bytes:
    return _instruction(_EQUAL, value, if_true, if_false)


def _return(action: int) -> bytes:
    return _instruction(_RETURN, action)


def _answer(number: int) -> list[bytes]:
    """The call is not made and returns this error, or success for 0."""
    return [_return(ERRNO | number)]


def _load_argument(index: int) -> list[bytes]:
    """The lower half of an argument: all that are looked at are 32-bit in the kernel."""
    return [_instruction(_LOAD, _ARGUMENTS_AT + 8 * index)]


def _refuse_if(index: int, value: int) -> list[bytes]:
    return [*_load_argument(index), _equal(value, 0, 1), *_answer(errno.EPERM)]


def _allow_only(index: int, values: tuple[int, ...], error: int) -> list[bytes]:
    block = _load_argument(index)
    for value in values:
        block += [_equal(value, 0, 1), _return(ALLOW)]
    return [*block, *_answer(error)]
