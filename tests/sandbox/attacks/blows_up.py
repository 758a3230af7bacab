# attacks: 55
# what: digits, recursion, patterns and hashes that take for ever
# limits: cpu_s=1.2
# ends: cpu-limit
import re
import sys

sys.set_int_max_str_digits(0)


class Same:
    def __hash__(self):
        return 1


try:
    eval("(" * 100_000)
except (MemoryError, RecursionError, SyntaxError):
    print("held", "parentheses")


def deeper():
    return deeper()


try:
    deeper()
except RecursionError:
    print("held", "recursion")
set(Same() for _ in range(1500))
str(1 << 200_000)
re.match(r"(a+)+$", "a" * 60 + "b")
