# attacks: 103
# what: a child stops its parent and itself, and nobody goes on
# limits: wall_s=1
# ends: timed-out
import os
import signal
import time

parent = os.getpid()
if os.fork() == 0:
    os.setsid()
    os.kill(parent, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(60)
