# attacks: 30
# what: workers so short that nobody who polls would see them
import os

for _ in range(100):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
print("done")
