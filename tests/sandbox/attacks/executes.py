# attacks: 32, 33, 53
# what: runs other programs, by their path, through memory, through the loader; has a core file written
import ctypes
import glob
import os
import subprocess

from target import HELD, T, attempt, call

for path in ("/bin/sh", "/usr/bin/id", "/usr/bin/cc", "/usr/bin/curl", "/usr/bin/sudo", "/usr/bin/su"):

    @attempt(f"run {path}")
    def _(path=path):
        return subprocess.run([path, "--version"], capture_output=True, timeout=10).stdout


@attempt("run a script of one's own")
def _():
    with open("script", "w") as file:
        file.write("#!/bin/sh\necho run\n")
    os.chmod("script", 0o755)
    return subprocess.run(["./script"], capture_output=True, timeout=10).stdout


@attempt("run from memory")
def _():
    with open("/bin/true", "rb") as file:
        content = file.read()
    memory = os.memfd_create("x")
    os.write(memory, content)
    pid = os.fork()
    if pid == 0:
        call(322, 281, memory, ctypes.c_char_p(b""), 0, 0, 0x1000)
    return os.waitpid(pid, 0)


@attempt("more rights through the loader")
def _():
    loaders = glob.glob("/lib64/ld-*.so*") + glob.glob("/lib/ld-*.so*")
    reads = f"print(open({T['secret']!r}).read())"
    python = os.path.realpath(os.sys.executable)
    done = subprocess.run([loaders[0], python, "-I", "-S", "-c", reads], capture_output=True, text=True, timeout=10)
    return done.stdout if done.returncode == 0 else HELD


@attempt("a core file")
def _():
    pid = os.fork()
    if pid == 0:
        os.abort()
    _, status = os.waitpid(pid, 0)
    return "dumped" if os.WCOREDUMP(status) else HELD


print("done")
