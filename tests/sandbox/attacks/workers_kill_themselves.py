# attacks: 31
# what: workers end by a signal, which no filter sees, to hide the CPU time they used
import os
import time

for _ in range(2):
    if os.fork() == 0:
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass
        os.kill(os.getpid(), 9)
for _ in range(2):
    os.wait()
print("done")
