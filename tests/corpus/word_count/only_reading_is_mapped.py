# I/O is slow, so the reading is parallel
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def read_file(file):
    with open(file, encoding='utf-8') as f:
        return f.read()

def count_words(text):
    counts = {}
    for token in text.split():
        m = re.search(r'[a-z\-]+', token.lower())
        if m:
            counts[m.group()] = counts.get(m.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    for k in b:
        a[k] = a.get(k, 0) + b[k]
    return a

if __name__ == '__main__':
    with ProcessPoolExecutor() as pool:
        texts = pool.map(read_file, sys.argv[1:], chunksize=4)
        totals = reduce(reduce_dicts, (count_words(t) for t in texts), {})
    for k in sorted(totals):
        if totals[k] > 2000:
            print(k, '==', totals[k])
