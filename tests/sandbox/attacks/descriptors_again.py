# attacks: 107
# what: opens again, with other rights, what it has open; walks to files through other processes
import os
import sys

from target import T, attempt

library = os.path.realpath(os.__file__)
reading = os.open(library, os.O_RDONLY)
for name in (f"/proc/self/fd/{reading}", f"/dev/fd/{reading}", f"/proc/thread-self/fd/{reading}"):

    @attempt(f"write by {name.split('/')[1]}")
    def _(name=name):
        os.close(os.open(name, os.O_WRONLY))


@attempt("truncate the interpreter")
def _():
    os.truncate(os.path.realpath(sys.executable), 0)


for pid in ("self", "1", str(os.getppid()), str(T["grader"])):
    for way in ("root", "cwd"):

        @attempt(f"{way} of {pid}")
        def _(pid=pid, way=way):
            with open(f"/proc/{pid}/{way}/" + ("" if way == "root" else "../" * 20) + T["secret"].lstrip("/")) as file:
                return file.read()

    @attempt(f"map of {pid}'s memory")
    def _(pid=pid):
        if pid == "self":
            raise OSError(1, "one's own")
        with open(f"/proc/{pid}/maps") as file:
            return file.read(10) or (_ for _ in ()).throw(OSError(1, "empty"))


print("done")
