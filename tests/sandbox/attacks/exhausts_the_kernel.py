# attacks: 54
# what: descriptors, watches, timers, events and pipes until it is refused
import ctypes
import fcntl
import os
import resource

from target import LIBC, call

most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
print("held" if most <= 4096 else "LEAK", "descriptors", most)
kept = []
opened = 0
for make in (
    lambda: os.open("/dev/null", os.O_RDONLY),
    lambda: call(290, 19, 0, 0),  # eventfd2
    lambda: call(291, 20, 0),  # epoll_create1
    lambda: call(283, 85, 1, 0),  # timerfd_create
    lambda: call(294, 26, 0),  # inotify_init1
):
    made = []
    try:
        for _ in range(5000):
            made.append(make())
    except OSError:
        opened += 1
    for fd in made:
        os.close(fd)
print("held" if opened == 5 else "LEAK", "all were refused at last", opened)
for size in (1 << 20, 1 << 24, 1 << 30):
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(writing, 1031, size)  # F_SETPIPE_SZ
    except OSError:
        print("held", "a pipe of", size)
    else:
        print("held" if size <= 1 << 20 else "LEAK", "a pipe of", size)
watch = call(294, 26, 0x800)
try:
    for number in range(200_000):
        os.mkdir(f"w{number}") if number < 300 else None
        call(254, 27, watch, ctypes.c_char_p(b"w%d" % (number % 300)), 0xFFF)
except OSError:
    pass
timers = 0
timer = ctypes.c_int()
while timers < 200_000 and LIBC.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0:
    timers += 1
print("held", "timers", timers)
print("done")
