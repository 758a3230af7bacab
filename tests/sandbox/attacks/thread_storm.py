# attacks: 46
# what: threads without end
# limits: processes=8
# ends: exited | out-of-memory | too-many-processes
import os
import threading
import time

try:
    for _ in range(20000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError:
    print("held", "refused")
print("done", flush=True)
os._exit(0)
