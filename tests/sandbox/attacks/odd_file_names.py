# attacks: 10, 17
# what: file names with line ends, colours, 255 bytes and no text; a fifo in the place of a result
import os

for name in (b"new\nline", b"\x1b[31mred", b"x" * 255, b"\xff\xfe", b"-rf", b"results.json.\r"):
    open(name, "w").close()
os.mkfifo("results.json")
print("done")
