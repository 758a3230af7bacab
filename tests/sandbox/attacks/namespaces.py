# attacks: 15, 16, 28, 29
# what: namespaces, mounts, other roots, file handles, a second filter
import ctypes
import os

from target import LIBC, T, attempt, call

for flag in (0x10000000, 0x20000000, 0x40000000, 0x00020000, 0x08000000, 0x04000000, 0x02000000):

    @attempt(f"unshare {flag:x}")
    def _(flag=flag):
        call(272, 97, flag)

    @attempt(f"clone {flag:x}")
    def _(flag=flag):
        pid = call(56, 220, flag | 17, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        return pid


@attempt("mount")
def _():
    os.makedirs("mountpoint", exist_ok=True)
    call(165, 40, ctypes.c_char_p(b"none"), ctypes.c_char_p(b"mountpoint"), ctypes.c_char_p(b"tmpfs"), 0, 0)


@attempt("fsopen")
def _():
    return call(430, 430, ctypes.c_char_p(b"tmpfs"), 0)


@attempt("open_tree")
def _():
    return call(428, 428, -100, ctypes.c_char_p(b"/"), 1)


@attempt("chroot")
def _():
    os.chroot(".")


@attempt("pivot_root")
def _():
    call(155, 41, ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))


@attempt("setns")
def _():
    call(308, 268, 0, 0)


@attempt("name_to_handle_at")
def _():
    buffer = ctypes.create_string_buffer(b"\x80\0\0\0" + bytes(200), 204)
    mount = ctypes.c_int()
    name = ctypes.c_char_p(os.fsencode(T["secret"]))
    return call(303, 264, -100, name, ctypes.byref(buffer), ctypes.byref(mount), 0)


@attempt("open_by_handle_at")
def _():
    buffer = ctypes.create_string_buffer(b"\x80\0\0\0" + bytes(200), 204)
    return call(304, 265, os.open(".", os.O_RDONLY), ctypes.byref(buffer), 0)


@attempt("a second filter by prctl")
def _():
    if LIBC.prctl(22, 2, 0, 0, 0) < 0 and ctypes.get_errno() != 14:  # EFAULT would mean that it is looked at
        raise OSError(ctypes.get_errno(), "refused")


@attempt("a second filter by seccomp")
def _():
    program = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
    header = ctypes.create_string_buffer(b"\x01\0\0\0\0\0\0\0" + ctypes.addressof(program).to_bytes(8, "little"), 16)
    return call(317, 277, 1, 8, ctypes.byref(header))


@attempt("personality")
def _():
    return call(135, 92, 0x0040000)


print("done")
