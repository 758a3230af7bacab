# I list the folder with os.listdir and put the path together again.
import os
import re
import concurrent.futures
import functools

FOLDER = "shakespeare"

def count_words(file):
    d = dict()
    f = open(file, "r")
    for line in f.readlines():
        for tok in line.split():
            found = re.search("[a-z-]+", tok.lower())
            if found:
                d.setdefault(found.group(0), 0)
                d[found.group(0)] += 1
    f.close()
    return d

def reduce_dicts(x, y):
    z = dict(x)
    for key, value in y.items():
        z[key] = z.get(key, 0) + value
    return z

if __name__ == "__main__":
    names = os.listdir(FOLDER)
    paths = []
    for name in names:
        paths.append(os.path.join(FOLDER, name))
    with concurrent.futures.ProcessPoolExecutor() as ex:
        dicts = ex.map(count_words, paths, chunksize=5)
    result = functools.reduce(reduce_dicts, dicts)
    for key in sorted(result):
        if result[key] > 2000:
            print("%s == %d" % (key, result[key]))
