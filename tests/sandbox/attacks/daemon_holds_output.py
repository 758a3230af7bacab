# attacks: 25
# what: daemons keep the output and the private descriptor open, and block all signals
import os
import signal
import time

for _ in range(3):
    if os.fork() == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        os.setsid()
        if os.fork() == 0:
            time.sleep(3600)
        os._exit(0)
print("done", flush=True)
os._exit(0)
