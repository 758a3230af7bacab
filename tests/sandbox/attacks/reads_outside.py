# attacks: 1, 2, 3, 4
# what: reads hidden inputs, the home of the user, reference solutions, the work of others
import glob
import os
import sys

from target import HELD, T, attempt

for name in ("secret", "solution", "exercise", "shadow", "package"):

    @attempt(f"read {name}")
    def _(path=T[name]):
        with open(path, "rb") as file:
            return file.read(20)


for name in ("outside", "home", "parent"):

    @attempt(f"list {name}")
    def _(path=T[name]):
        return os.listdir(path)


@attempt("import the grader")
def _():
    sys.path.append(T["checkout"])
    for name in ("grader", "grader.pipeline"):
        try:
            module = __import__(name)
        except ImportError:
            continue
        if getattr(module, "__version__", None) or name != "grader":
            return module
    return HELD


@attempt("read by a glob over all of it")
def _():
    found = [path for path in glob.glob(T["checkout"] + "/**/*", recursive=True) if os.access(path, os.R_OK)]
    for path in found:
        with open(path, "rb") as file:
            return file.read(10)
    return HELD


print("done")
