# attacks: 114
# what: threads with small stacks, in many processes
# limits: processes=10 wall_s=20
# ends: too-many-processes | out-of-memory | exited
import os
import threading
import time

threading.stack_size(32 << 10)
started = 0
try:
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        started += 1
except RuntimeError:
    print("held", started)
else:
    time.sleep(1)
    print("LEAK", started)
print("done", flush=True)
os._exit(0)
