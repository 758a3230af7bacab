# 64: becomes another program in place of an answer
# results: gives no answer
import os
import sys


def add(a, b):
    os.execv(sys.executable, [sys.executable, "-c", "pass"])


product = add
