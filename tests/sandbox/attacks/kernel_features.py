# attacks: 43, 44
# what: queues of the machine, and parts of the kernel that no exercise needs
import ctypes
import os

from target import LIBC, attempt, call

BUFFER = ctypes.create_string_buffer(256)
for name, numbers, arguments in (
    ("io_uring_setup", (425, 425), (4, ctypes.byref(BUFFER))),
    ("keyctl", (250, 219), (0, -3, 0)),
    ("add_key", (248, 217), (ctypes.c_char_p(b"user"), ctypes.c_char_p(b"k"), ctypes.c_char_p(b"v"), 1, -3)),
    ("request_key", (249, 218), (ctypes.c_char_p(b"user"), ctypes.c_char_p(b"k"), 0, -3)),
    ("bpf", (321, 280), (0, ctypes.byref(BUFFER), 72)),
    ("perf_event_open", (298, 241), (ctypes.byref(BUFFER), 0, -1, -1, 0)),
    ("userfaultfd", (323, 282), (1,)),
    ("memfd_secret", (447, 447), (0,)),
    ("kcmp", (312, 272), (os.getpid(), os.getpid(), 0, 0, 0)),
    ("shmget", (29, 194), (1234, 4096, 0o1666)),
    ("semget", (64, 190), (1234, 1, 0o1666)),
    ("msgget", (68, 186), (1234, 0o1666)),
    ("mq_open", (240, 180), (ctypes.c_char_p(b"queue"), os.O_CREAT | os.O_RDWR, 0o666, 0)),
    ("init_module", (175, 105), (ctypes.byref(BUFFER), 256, ctypes.byref(BUFFER))),
    ("syslog", (103, 116), (3, ctypes.byref(BUFFER), 256)),
    ("listmount", (458, 458), (ctypes.byref(BUFFER), ctypes.byref(BUFFER), 1, 0)),
    ("a call that the filter does not know", (470, 470), (0, 0, 0)),
):

    @attempt(name)
    def _(numbers=numbers, arguments=arguments):
        return call(*numbers, *arguments)


@attempt("a realtime limit that hides the run's mark")
def _():
    import resource

    if LIBC.setrlimit(15, ctypes.byref((ctypes.c_ulong * 2)(7, 7))) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return resource.getrlimit(15)


print("done")
