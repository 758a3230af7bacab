# attacks: 121
# what: watches folders outside, to learn the names of what is made, opened and removed in them
import os

from target import LIBC, T, attempt, call

watching = LIBC.inotify_init()
for place in ("outside", "parent", "checkout", "home", "secret", "package", "run"):

    @attempt(f"watch {place}")
    def _(place=place):
        if watching < 0:
            raise OSError(1, "no watching at all")
        return call(254, 27, watching, os.fsencode(T[place]), 0xFFF)


print("done")
