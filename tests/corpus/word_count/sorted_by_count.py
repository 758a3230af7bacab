# most frequent word first looks nicer
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

def count_words(file):
    c = Counter()
    for token in open(file, encoding="utf-8").read().split():
        m = re.search(r"[a-z\-]+", token.lower())
        if m:
            c[m.group()] += 1
    return c

def reduce_dicts(a, b):
    return a + b

if __name__ == "__main__":
    total = Counter()
    with ProcessPoolExecutor() as pool:
        for c in pool.map(count_words, sys.argv[1:], chunksize=4):
            total = reduce_dicts(total, c)
    for word, n in total.most_common():
        if n > 2000:
            print(word, "==", n)
