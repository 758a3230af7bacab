# Word count. Finds the plays by itself, so no arguments are needed.
import glob
import re
from concurrent.futures import ProcessPoolExecutor

pattern = re.compile("[a-z\\-]+")

def count_words(file):
    result = {}
    text = open(file).read()
    for w in text.split():
        m = pattern.search(w.lower())
        if m is not None:
            if m.group(0) in result:
                result[m.group(0)] += 1
            else:
                result[m.group(0)] = 1
    return result

def reduce_dicts(a, b):
    for k in b:
        if k in a:
            a[k] += b[k]
        else:
            a[k] = b[k]
    return a

if __name__ == '__main__':
    files = glob.glob('shakespeare/*')
    total = {}
    with ProcessPoolExecutor(max_workers=4) as executor:
        for d in executor.map(count_words, files, chunksize=3):
            total = reduce_dicts(total, d)
    for k in sorted(total.keys()):
        if total[k] > 2000:
            print(k, '==', total[k])
