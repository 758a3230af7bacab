# attacks: 27
# what: starts processes by every call there is, to get around the counting
import ctypes
import os
import subprocess
import sys

from target import HELD, X86_64, attempt, call


def gone(pid):
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return HELD


@attempt("fork")
def _():
    return gone(os.fork())


@attempt("the raw call clone")
def _():
    return gone(call(56, 220, 17, 0, 0, 0, 0))


@attempt("posix_spawn")
def _():
    return gone(os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}))


@attempt("clone3")
def _():
    arguments = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
    return call(435, 435, ctypes.byref(arguments), 88) or os._exit(0)


if X86_64:
    for name, number in (("x32", 0x40000000 + 57),):
        died = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import ctypes; print(ctypes.CDLL(None).syscall({number}))"],
            stdout=subprocess.PIPE,
        )
        print("held" if died.returncode < 0 else "LEAK", name, died.returncode)
    code = (
        "import ctypes, mmap\n"
        "m = mmap.mmap(-1, 4096, prot=7)\n"
        "m.write(bytes.fromhex('53b802000000cd805bc3'))\n"  # push rbx; mov eax, 2; int 0x80; pop rbx; ret
        "f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))\n"
        "print(f())"
    )
    died = subprocess.run([sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE)
    print("held" if died.returncode < 0 else "LEAK", "int 0x80", died.returncode)
print("done")
