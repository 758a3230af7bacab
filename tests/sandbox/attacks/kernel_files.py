# attacks: 111
# what: the kernel's own files: settings, devices, control groups, its view of this process
import glob
import os

from target import attempt

for path, text in (
    ("/proc/sys/kernel/core_pattern", "|/bin/sh"),
    ("/proc/sys/kernel/hostname", "planted"),
    ("/proc/sysrq-trigger", "h"),
    ("/proc/self/oom_score_adj", "-900"),
    ("/proc/self/uid_map", "0 0 1"),
    ("/proc/self/setgroups", "deny"),
    ("/proc/self/attr/current", "unconfined"),
    ("/proc/self/loginuid", "0"),
    ("/dev/kmsg", "planted"),
    ("/sys/kernel/mm/transparent_hugepage/enabled", "never"),
    *((path, "0") for path in glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)[:5]),
    *((path, "1") for path in glob.glob("/sys/fs/cgroup/*/release_agent")[:3]),
):

    @attempt(f"write {path}")
    def _(path=path, text=text):
        with open(path, "w") as file:
            file.write(text)


for path in ("/dev/mem", "/dev/kmem", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/net/tun", "/proc/kcore", "/proc/kallsyms"):

    @attempt(f"open {path}")
    def _(path=path):
        os.close(os.open(path, os.O_RDONLY))


for mode, name in ((0o60666, "block"), (0o20666, "character")):

    @attempt(f"a {name} device")
    def _(mode=mode, name=name):
        os.mknod(name, mode, os.makedev(1, 3))


@attempt("a program that keeps rights of its owner")
def _():
    with open("setuid", "wb") as file:
        file.write(b"#!/bin/sh\n")
    os.chmod("setuid", 0o4755)
    os.execv("./setuid", ["setuid"])


print("done")
