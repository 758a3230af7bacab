# my laptop has two cores so I use two workers
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def count_words(file):
    counts = {}
    f = open(file, encoding='utf-8')
    for word in f.read().split():
        word = re.search(r'[a-z\-]+', word.lower())
        if word:
            counts[word.group()] = counts.get(word.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    c = a.copy()
    for k in b.keys():
        c[k] = c.get(k, 0) + b[k]
    return c

if __name__ == '__main__':
    with ProcessPoolExecutor(max_workers=2) as pool:
        mapped = pool.map(count_words, sys.argv[1:], chunksize=5)
        final = reduce(reduce_dicts, mapped)
    for k in sorted(final):
        if final[k] > 2000:
            print(f'{k} == {final[k]}')
