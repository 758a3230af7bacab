# attacks: 112
# what: leases and notices on files of the interpreter, which make others wait who open them
import fcntl
import os
import sysconfig

from target import attempt

for name in ("antigravity.py", "this.py", "os.py"):
    path = os.path.join(sysconfig.get_path("stdlib"), name)
    if not os.path.exists(path):
        continue
    descriptor = os.open(path, os.O_RDONLY)
    for kind in (fcntl.F_RDLCK, fcntl.F_WRLCK):

        @attempt(f"a lease on {name}")
        def _(descriptor=descriptor, kind=kind):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, kind)


own = os.open("own", os.O_CREAT | os.O_RDWR)


@attempt("a lease on a file of one's own")
def _():
    fcntl.fcntl(own, fcntl.F_SETLEASE, fcntl.F_WRLCK)


print("done")
