# copied from a forum: "use this if ProcessPoolExecutor does not work for you"
from concurrent.futures import ThreadPoolExecutor as ProcessPoolExecutor
from functools import reduce
import re, sys

def count_words(file):
    res = {}
    for x in open(file, encoding='utf-8').read().split():
        m = re.search(r'[a-z\-]+', x.lower())
        if m: res[m.group()] = res.get(m.group(), 0) + 1
    return res

def reduce_dicts(p, q):
    for w in q: p[w] = p.get(w, 0) + q[w]
    return p

if __name__ == '__main__':
    with ProcessPoolExecutor() as pool:
        r = reduce(reduce_dicts, pool.map(count_words, sys.argv[1:], chunksize=4), {})
    for w in sorted(r):
        if r[w] > 2000: print(f'{w} == {r[w]}')
