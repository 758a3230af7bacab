# Pool is just shorter to type
from concurrent.futures import ProcessPoolExecutor as Pool
from functools import reduce
import re, sys

def count_words(file):
    res = {}
    for line in open(file):
        for x in line.split():
            m = re.search(r'[a-z\-]+', x.lower())
            if m: res[m.group()] = res.get(m.group(), 0) + 1
    return res

def reduce_dicts(p, q):
    for w in q: p[w] = p.get(w, 0) + q[w]
    return p

if __name__ == '__main__':
    with Pool() as p:
        r = reduce(reduce_dicts, p.map(count_words, sys.argv[1:], chunksize=2), {})
    for w in sorted(r):
        if r[w] > 2000: print(f'{w} == {r[w]}')
