"""k-reciprocal re-ranking written down from the paper, one set at a time, in double precision: the oracle."""

import numpy as np


def rerank(query, gallery=None, k1=20, k2=6, lam=0.3):
    union = np.asarray(query, np.float64) if gallery is None else np.vstack([query, gallery]).astype(np.float64)
    union = union / np.sqrt((union**2).sum(1, keepdims=True))
    n = len(union)
    d = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                d[i, j] = round(max(0.0, 2 - 2 * float(np.dot(union[i], union[j]))), 11)
    for i in range(n):
        if d[i].max() > 0:
            d[i] = d[i] / d[i].max()

    order = [[i, *sorted((j for j in range(n) if j != i), key=lambda j, i=i: (d[i, j], j))] for i in range(n)]

    def nearest(i, k):  # N(i, k), the image itself besides its k nearest
        return order[i][: k + 1]

    def reciprocal(i, k):  # R(i, k), eq. 3
        return {j for j in nearest(i, k) if i in nearest(j, k)}

    half = int(np.around(k1 / 2))
    v = np.zeros((n, n))
    for i in range(n):
        base = reciprocal(i, k1)
        widened = set(base)
        for j in base:  # eq. 4
            candidate = reciprocal(j, half)
            if 3 * len(candidate & base) > 2 * len(candidate):
                widened |= candidate
        for j in widened:  # eq. 7
            v[i, j] = np.exp(-d[i, j])
        v[i] /= v[i].sum()
    v = np.array([np.mean([v[j] for j in order[i][:k2]], axis=0) for i in range(n)])  # eq. 11

    m = len(query)
    rows, columns = range(m), range(n) if gallery is None else range(m, n)
    final = np.zeros((m, len(columns)))
    for a, i in enumerate(rows):
        for b, j in enumerate(columns):
            shared = np.minimum(v[i], v[j]).sum()
            jaccard = 1 - shared / np.maximum(v[i], v[j]).sum()  # eq. 10
            final[a, b] = (1 - lam) * jaccard + lam * d[i, j]  # eq. 12
    return final
