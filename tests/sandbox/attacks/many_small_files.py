# attacks: 52
# what: many small files, each far below any limit
# limits: disk_bytes=8000000
# ends: too-much-disk
import time

for number in range(5000):
    with open(f"file{number}", "wb") as file:
        file.write(b"x" * 5000)
time.sleep(60)
