# attacks: 5, 6, 11
# what: links out of the work folder, symbolic and hard; renames across its border
import os

from target import T, attempt


@attempt("symbolic link to the secret")
def _():
    os.symlink(T["secret"], "link")
    with open("link") as file:
        return file.read()


@attempt("write through a symbolic link")
def _():
    os.symlink(T["keep"], "link2")
    with open("link2", "w") as file:
        file.write("changed")


@attempt("list through a link to a folder")
def _():
    os.symlink(T["outside"], "folder")
    return os.listdir("folder")


@attempt("hard link")
def _():
    os.link(T["keep"], "hard")
    return os.stat("hard").st_ino


@attempt("move the file inside")
def _():
    os.rename(T["keep"], "moved")


@attempt("move a file outside")
def _():
    open("mine", "w").close()
    os.rename("mine", T["outside"] + "/mine")


@attempt("relative path out of the folder")
def _():
    with open(os.path.relpath(T["secret"])) as file:
        return file.read()


@attempt("by the folder of a descriptor")
def _():
    root = os.open("/", os.O_PATH)
    descriptor = os.open(T["secret"].lstrip("/"), os.O_RDONLY, dir_fd=root)
    return os.read(descriptor, 10)


print("done")
