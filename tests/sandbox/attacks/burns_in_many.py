# attacks: 50
# what: four processes share the burning of CPU, each below the limit of one
# limits: cpu_s=1
# ends: cpu-limit
import os
import time

for _ in range(3):
    if os.fork() == 0:
        break
while time.process_time() < 0.9:
    pass
time.sleep(60)
