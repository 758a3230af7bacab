"""Builds the walls of a run around itself, then becomes the program: ``python -I -S launcher.py CHANNEL``.

Started by path in the process that will run the student's program; standard library only. The order
matters: limits, another user, no new privileges, Landlock, seccomp, and then the program. Each step that cannot
be taken ends the process with code 97 and a line on the error output, before any code of the student.
CHANNEL is the number of a socket. Over it come the configuration, as several messages with an empty line at the
end, and, once the listener of the filter was sent back, one byte; it closes when the program starts. The
configuration is a row of keys and values, each ended by a null byte; a key may come several times:

command         what to execute, an absolute path first, then its arguments
folder          the current folder of the program
environment     NAME=VALUE, all of its environment
limit           NAME=NUMBER, names as in the ``resource`` module
uid             the user and group to become; without it, the user stays
least_abi, most_abi  the versions of Landlock to demand, and to use at most
read, write, run  what is granted; a folder counts with all below it
list            folders of which only names may be seen
filter          the seccomp program, in hexadecimal digits
seccomp_call    the number of the system call on this machine

It is started in every run, so it does without the modules ``json`` and ``socket``: their import takes as long as
all the rest.
Sources: ``man 7 landlock``, ``linux/landlock.h``, ``man 2 seccomp``, ``man 2 seccomp_unotify``.
"""

import _socket
import os
import resource
import struct
import sys
from ctypes import CDLL, addressof, c_long, c_void_p, create_string_buffer, get_errno

TYPE_CHECKING = False  # importing typing for its constant costs start-up time
if TYPE_CHECKING:
    from typing import NoReturn

    Config = dict[str, list[str]]

REFUSED = 97
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, SIGKILL = 1, 38, 9
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
SET_MODE_FILTER, NEW_LISTENER, WAIT_KILLABLE_RECV = 1, 1 << 3, 1 << 5
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK, REFER, TRUNCATE, IOCTL_DEV, RESOLVE_UNIX = 1 << 6, 1 << 11, 1 << 13, 1 << 14, 1 << 15, 1 << 16
ABI_1_RIGHTS = (1 << 13) - 1
RIGHTS_SINCE = {2: REFER, 3: TRUNCATE, 5: IOCTL_DEV, 9: RESOLVE_UNIX}
RIGHTS_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
TCP_ABI, SCOPE_ABI = 4, 6


class Kernel:
    """The calls that the standard library does not have."""

    def __init__(self) -> None:
        self.libc = CDLL(None, use_errno=True)

    def call(self, what: str, number: int, *arguments: int) -> int:
        """Make a system call; its failure is the end."""
        result = int(self.libc.syscall(c_long(number), *[c_long(argument) for argument in arguments]))
        if result < 0:
            fail(f"{what}: {os.strerror(get_errno())}")
        return result

    def prctl(self, what: str, option: int, value: int) -> None:
        """Change an attribute of this process; failing is the end."""
        if self.libc.prctl(option, value, 0, 0, 0):
            fail(f"{what}: {os.strerror(get_errno())}")

    def landlock_abi(self) -> int:
        """The version of Landlock in this kernel, or a negative number."""
        return int(self.libc.syscall(c_long(CREATE_RULESET), c_void_p(None), c_long(0), c_long(1)))


def fail(reason: str) -> "NoReturn":
    """End before any code of the student, and say why."""
    os.write(2, f"sandbox launcher: {reason}\n".encode("utf-8", "backslashreplace"))
    os._exit(REFUSED)


def set_limits(limits: "list[str]") -> None:
    """Set limits of this process and its children, never above what the user may have."""
    for name, number in (limit.split("=") for limit in limits):
        value = int(number)
        limit = getattr(resource, "RLIMIT_" + name, None) or {"RTTIME": 15}[name]
        most = resource.getrlimit(limit)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (value, value))


def lead_session() -> None:
    """Lead a session of one's own, without a terminal; where no jail is around, that is so already."""
    if os.getsid(0) != os.getpid():
        os.setsid()


def become(uid: int) -> None:
    """Become another user for good."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def handled_rights(abi: int) -> int:
    """All rights to files that this version of Landlock knows: what is not granted is refused."""
    rights = ABI_1_RIGHTS
    for since, right in RIGHTS_SINCE.items():
        if abi >= since:
            rights |= right
    return rights


def restrict_files(kernel: Kernel, config: "Config") -> None:
    """Leave only the listed files and folders; no TCP; no signals and abstract sockets outside."""
    least, most = int(config["least_abi"][0]), int(config["most_abi"][0])
    abi = min(kernel.landlock_abi(), most)
    if abi < least:
        fail(f"Landlock has version {max(abi, 0)} here; {least} is needed")
    rights = handled_rights(abi)
    tcp = 3 if abi >= TCP_ABI else 0
    scopes = 3 if abi >= SCOPE_ABI else 0
    size = 24 if abi >= SCOPE_ABI else 16 if abi >= TCP_ABI else 8
    attributes = create_string_buffer(struct.pack("=QQQ", rights, tcp, scopes)[:size], size)
    ruleset = kernel.call("landlock_create_ruleset", CREATE_RULESET, addressof(attributes), size, 0)
    grants = {
        "read": READ_FILE | READ_DIR,
        "list": READ_DIR,
        "run": EXECUTE | READ_FILE,
        "write": rights & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV),
    }
    for kind, allowed in grants.items():
        for path in config.get(kind, ()):
            grant(kernel, ruleset, path, allowed & rights)
    kernel.call("landlock_restrict_self", RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def grant(kernel: Kernel, ruleset: int, path: str, allowed: int) -> None:
    """Allow something on a file, or on a folder and all below it; what cannot be found cannot be granted."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    if not os.path.isdir(path):
        allowed &= RIGHTS_OF_FILES
    if allowed:
        rule = create_string_buffer(struct.pack("=Qi", allowed, fd), 12)
        kernel.call(f"landlock_add_rule {path}", ADD_RULE, ruleset, 1, addressof(rule), 0)
    os.close(fd)


def filter_calls(kernel: Kernel, program: bytes, number: int, channel: _socket.socket) -> None:
    """Set the filter and hand its listener over; go on when the other side is listening."""
    code = create_string_buffer(program, len(program))
    header = create_string_buffer(struct.pack("@HxxxxxxQ", len(program) // 8, addressof(code)), 16)
    flags = NEW_LISTENER | WAIT_KILLABLE_RECV
    listener = kernel.call("seccomp", number, SET_MODE_FILTER, flags, addressof(header))
    channel.sendmsg([b"L"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("=i", listener))])
    os.close(listener)
    if channel.recv(1) != b"k":
        fail("nobody listens")


def read_config(channel: _socket.socket) -> "Config":
    """The configuration, in as many messages as it takes."""
    parts = []
    while (part := channel.recv(1 << 16)) and part != b"\n":
        parts.append(part)
    words = [os.fsdecode(word) for word in b"".join(parts).split(b"\0")]
    config: Config = {}
    for key, value in zip(words[::2], words[1::2], strict=False):  # the last word is what follows the last null byte
        config.setdefault(key, []).append(value)
    return config


def main() -> None:
    """Take the steps in their order."""
    channel = _socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(channel.fileno(), False)
    config = read_config(channel)
    kernel = Kernel()
    try:
        lead_session()
        set_limits(config["limit"])
        os.chdir(config["folder"][0])
        if "uid" in config:
            become(int(config["uid"][0]))
        kernel.prctl("parent death signal", PR_SET_PDEATHSIG, SIGKILL)  # a change of user takes it away
        kernel.prctl("no new privileges", PR_SET_NO_NEW_PRIVS, 1)
        restrict_files(kernel, config)
        filter_calls(kernel, bytes.fromhex(config["filter"][0]), int(config["seccomp_call"][0]), channel)
        environment = dict(variable.split("=", 1) for variable in config["environment"])
        os.execve(config["command"][0], config["command"], environment)  # noqa: S606
    except (KeyError, OSError) as error:
        channel.send(b"E")  # from here on even the end of this process waits for the other side
        fail(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
