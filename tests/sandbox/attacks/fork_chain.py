# attacks: 26
# what: every process forks and exits, so that none lives long enough to be killed
# limits: wall_s=1.5
# ends: exited | timed-out | too-many-processes
import os

for _ in range(4):
    if os.fork() == 0:
        break
else:
    os._exit(0)
while True:
    if os.fork():
        os._exit(0)
