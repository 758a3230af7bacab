# attacks: 34
# what: the terminal of whoever grades
import fcntl
import os

from target import HELD, attempt


@attempt("open it")
def _():
    os.close(os.open("/dev/tty", os.O_RDWR))


for fd in (0, 1, 2):

    @attempt(f"type into it by {fd}")
    def _(fd=fd):
        fcntl.ioctl(fd, 0x5412, b"x")

    @attempt(f"take it by {fd}")
    def _(fd=fd):
        fcntl.ioctl(fd, 0x540E, 1)


@attempt("a terminal by its name")
def _():
    for number in range(5):
        if os.path.exists(f"/dev/pts/{number}"):
            os.close(os.open(f"/dev/pts/{number}", os.O_RDWR))
            return f"/dev/pts/{number}"
    return HELD


print("done")
