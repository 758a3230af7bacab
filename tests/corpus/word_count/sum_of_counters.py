"""Adds the Counters of all plays with sum()."""
import re, sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor


def count_words(file):
    found = (re.search(r"[a-z\-]+", t.lower()) for t in open(file, encoding="utf8").read().split())
    return Counter(m.group() for m in found if m)


if __name__ == "__main__":
    with ProcessPoolExecutor() as executor:
        total = sum(executor.map(count_words, sys.argv[1:], chunksize=4), Counter())
    print("\n".join(f"{w} == {total[w]}" for w in sorted(total) if total[w] > 2000))
