# attacks: 7, 8, 9, 10, 14
# what: writes, truncates, renames, unlinks, chmods outside; plants files for the interpreter
import os
import socket
import sysconfig
import time

from target import HELD, T, attempt


def writes(path):
    with open(path, "w") as file:
        file.write("planted")
    return path


for name, path in (
    ("a new file", T["outside"] + "/new"),
    ("an old file", T["keep"]),
    ("the results", T["outside"] + "/results.json"),
    ("the standard library", sysconfig.get_path("stdlib") + "/planted.py"),
    ("a .pth file", sysconfig.get_path("purelib") + "/planted.pth"),
    ("a compiled file", sysconfig.get_path("stdlib") + "/__pycache__/planted.pyc"),
    ("the harness", os.path.join(T["run"], "trusted", "pargrade_run.py")),
    ("the harness's folder", os.path.join(T["run"], "trusted", "json.py")),
    ("beside the work folder", os.path.join(T["run"], "beside")),
    ("/tmp", f"/tmp/planted-{os.getpid()}"),
    ("/var/tmp", f"/var/tmp/planted-{os.getpid()}"),
    ("/usr/local", "/usr/local/planted"),
    ("/dev", "/dev/planted"),
):

    @attempt(f"write {name}")
    def _(path=path):
        return writes(path)


@attempt("truncate")
def _():
    os.truncate(T["keep"], 0)


@attempt("unlink")
def _():
    os.unlink(T["keep"])


@attempt("mkdir")
def _():
    os.mkdir(T["outside"] + "/folder")


@attempt("mkfifo")
def _():
    os.mkfifo(T["outside"] + "/fifo")


@attempt("socket")
def _():
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(T["outside"] + "/socket")


def unchanged(action):
    before = os.stat(T["keep"])
    action()
    after = os.stat(T["keep"])
    same = (before.st_mode, before.st_mtime_ns, before.st_uid) == (after.st_mode, after.st_mtime_ns, after.st_uid)
    return HELD if same else "changed"


@attempt("chmod")
def _():
    return unchanged(lambda: os.chmod(T["keep"], 0o4777))


@attempt("utime")
def _():
    return unchanged(lambda: os.utime(T["keep"], (time.time() - 9999, 1)))


@attempt("chown")
def _():
    return unchanged(lambda: os.chown(T["keep"], os.getuid(), os.getgid()))


@attempt("setxattr")
def _():
    os.setxattr(T["keep"], "user.mark", b"x")


print("done")
