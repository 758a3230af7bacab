"""A container as Docker starts one by default, made for crun or runc without any engine.

Root with Docker's fourteen capabilities, no user namespace, masked paths, and a seccomp profile that decides as
Docker's own does (https://github.com/moby/profiles, ``seccomp/default.json``). The system's folders are bound
read-only; ``/tmp`` is empty but for what is asked for. Source of the format: the runtime specification of the
Open Container Initiative, ``config.md`` and ``config-linux.md``.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

CAPABILITIES = (
    *("CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD"),
    *("CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID"),
    "CAP_SYS_CHROOT",
)
REFUSED = (
    # tied to a capability that the container does not have
    *("acct", "bpf", "clock_settime", "delete_module", "fanotify_init", "finit_module", "fsconfig", "fsmount"),
    *("fsopen", "fspick", "get_mempolicy", "init_module", "ioperm", "iopl", "kcmp", "lookup_dcookie"),
    *("lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "mbind", "mount", "mount_setattr"),
    *("move_mount", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd", "process_madvise"),
    *("quotactl", "quotactl_fd", "reboot", "set_mempolicy", "set_mempolicy_home_node", "setdomainname"),
    *("sethostname", "setns", "settimeofday", "syslog", "umount2", "unshare", "vhangup"),
    # allowed to nobody
    *("_sysctl", "add_key", "afs_syscall", "create_module", "get_kernel_syms", "getpmsg", "io_uring_enter"),
    *("io_uring_register", "io_uring_setup", "kexec_file_load", "kexec_load", "keyctl", "migrate_pages"),
    *("move_pages", "nfsservctl", "pivot_root", "putpmsg", "query_module", "request_key", "security", "swapoff"),
    *("swapon", "sysfs", "tuxcall", "uselib", "userfaultfd", "ustat", "vserver"),
)
_NEW_NAMESPACES = 0x7E020000
_FAMILIES_REFUSED = (12, 19, 20, 23, 25, 34, 37, 38, 40)
_PERSONALITIES = (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)
_MASKED = (
    *("/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats"),
    *("/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/firmware"),
    "/sys/devices/virtual/powercap",
)
_READ_ONLY = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_OF_THE_SYSTEM = ("bin", "etc", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "usr")


def config(
    command: Sequence[str],
    uid: int,
    environment: dict[str, str],
    readable: Iterable[Path],
    writable: Iterable[Path] = (),
    capabilities: Sequence[str] = CAPABILITIES,
) -> dict[str, Any]:
    """The ``config.json`` of a bundle that runs a command as this user, with these folders at their own paths."""
    held = list(capabilities) if uid == 0 else []
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": uid, "gid": uid},
            "args": list(command),
            "env": [f"{name}={value}" for name, value in environment.items()],
            "cwd": "/tmp",
            "capabilities": {
                "bounding": list(capabilities),
                **dict.fromkeys(("effective", "permitted"), held),
            },
            "noNewPrivileges": False,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "container",
        "mounts": [
            *_of_the_kernel(),
            *_of_the_system(),
            *map(_bound, readable),
            *(_bound(path, "rw") for path in writable),
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
            "maskedPaths": list(_MASKED),
            "readonlyPaths": list(_READ_ONLY),
            "seccomp": seccomp(),
        },
    }


def seccomp() -> dict[str, Any]:
    """The profile, for the calls that are refused; calls that are too new for the library are none of them."""
    return {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
        "syscalls": [
            _refuse(REFUSED),
            _refuse(["clone3"], errno.ENOSYS),
            *(
                _refuse(["clone"], when={"index": 0, "value": bit, "valueTwo": bit, "op": "SCMP_CMP_MASKED_EQ"})
                for bit in (1 << place for place in range(32))
                if bit & _NEW_NAMESPACES
            ),
            *(
                _refuse(["socket"], when={"index": 0, "value": family, "op": "SCMP_CMP_EQ"})
                for family in _FAMILIES_REFUSED
            ),
            _refuse(["socket"], when={"index": 0, "value": 45, "op": "SCMP_CMP_GT"}),
            {
                **_refuse(["personality"]),
                "args": [{"index": 0, "value": value, "op": "SCMP_CMP_NE"} for value in _PERSONALITIES[:1]],
            },
        ],
    }


def _refuse(names: Iterable[str], error: int = errno.EPERM, when: dict[str, Any] | None = None) -> dict[str, Any]:
    rule = {"names": list(names), "action": "SCMP_ACT_ERRNO", "errnoRet": error}
    return rule if when is None else {**rule, "args": [when]}


def _of_the_kernel() -> list[dict[str, Any]]:
    quiet = ["nosuid", "noexec", "nodev"]
    return [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": quiet},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
        {
            "destination": "/dev/pts",
            "type": "devpts",
            "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
        },
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*quiet, "mode=1777", "size=64m"]},
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": quiet},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*quiet, "ro"]},
        {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777"]},
    ]


def _of_the_system() -> list[dict[str, Any]]:
    """The folders in which a system keeps its programs."""
    return [_bound(path) for path in (Path("/") / name for name in _OF_THE_SYSTEM) if path.is_dir()]


def _bound(path: Path, access: str = "ro") -> dict[str, Any]:
    return {"destination": str(path), "type": "bind", "source": str(path.resolve()), "options": ["rbind", access]}
