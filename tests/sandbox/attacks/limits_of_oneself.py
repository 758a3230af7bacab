# attacks: 102
# what: raises its own limits, takes off the mark of the run, asks for more than its share
import os
import resource
import subprocess
import sys

from target import HELD, attempt

for name in ("FSIZE", "CPU", "CORE", "NOFILE", "AS"):
    limit = getattr(resource, f"RLIMIT_{name}")

    @attempt(f"raise {name}")
    def _(limit=limit):
        _, most = resource.getrlimit(limit)
        if most == resource.RLIM_INFINITY:
            return "there is no limit"
        try:
            resource.setrlimit(limit, (most, most + 1))
        except ValueError as error:
            raise OSError(1, str(error)) from None

    @attempt(f"raise {name} of oneself by number")
    def _(limit=limit):
        try:
            resource.prlimit(os.getpid(), limit, (most := resource.getrlimit(limit)[1], most + 1))
        except ValueError as error:
            raise OSError(1, str(error)) from None


for value in ((7, 7), (resource.RLIM_INFINITY, resource.RLIM_INFINITY), (0, 0)):

    @attempt(f"the mark becomes {value}")
    def _(value=value):
        try:
            resource.setrlimit(15, value)
        except ValueError as error:
            raise OSError(1, str(error)) from None


@attempt("the mark is lost by becoming another program")
def _():
    # found by its argument if it lives on
    code = "import time; time.sleep(3600)"
    subprocess.Popen([sys.executable, "-I", "-S", "-c", code, *sys.argv[1:]], env={}, start_new_session=True)
    return HELD


@attempt("a better priority")
def _():
    os.nice(-5)


for policy in (os.SCHED_FIFO, os.SCHED_RR):

    @attempt(f"real-time scheduling {policy}")
    def _(policy=policy):
        os.sched_setscheduler(0, policy, os.sched_param(1))


print("done")
