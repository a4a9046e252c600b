import subprocess
import sys

WITHOUT_TORCH = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in {'torch', 'mmengine', 'mmcv', 'mmpretrain', 'sklearn'}:
            raise ImportError(f'{name} is not installed here')

sys.meta_path.insert(0, Refuse())
import numpy as np
from jaguar_mm import retrieval as r

rows = np.random.default_rng(0).normal(size=(40, 8))
ids = np.arange(40) % 6
for dtype in (np.float32, np.float64):
    x = rows.astype(dtype)
    pipeline = r.Pipeline([r.Cosine(), r.QueryExpansion(), r.DatabaseAugmentation(), r.KReciprocalRerank(5, 2)])
    for one in (pipeline(x), pipeline(x[:9], x[9:])):
        for ranking in one.values():
            ranking.matrix(), ranking.top_k(3, r.Apart(same=(ids,) if ranking.one_set else ((ids[:9], ids[9:]),)))
    ranking = pipeline.final(x)
    r.score_ranking(ranking, ids), r.score_features(x, ids), r.score_top_k(ranking.top_k(3)[1], ids)
    curve = r.fit_logistic(r.MatrixRanking(np.equal.outer(ids, ids).astype(dtype), True), ids)
    r.fit_isotonic(ranking, ids)(ranking.matrix()), r.CalibratedRanking(ranking, curve).top_k(4)
    r.fuse_similarities([x @ x.T] * 2, 'rank'), r.fuse_embeddings([x, x]), r.l2_normalise(x), r.cosine_similarity(x)
    plain, filtered = (r.topk_similarity(x, k=3, prefilter=name) for name in ('none', 'int8'))
    assert (plain[1] == filtered[1]).all()
    r.k_reciprocal_rerank(x), r.k_reciprocal_topk(x, k=3, prefilter='int8')
print(sorted(name for name in sys.modules if name.partition('.')[0] == 'torch'))
"""


def run(code):
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_retrieval_room_needs_nothing_of_openmmlab_nor_torch():
    heavy = '{"mmengine", "mmcv", "mmpretrain", "torch", "sklearn", "scipy.stats"}'
    assert run(f'import sys, jaguar_mm.retrieval; print(sorted(set(sys.modules) & {heavy}))') == '[]'


def test_everything_works_without_torch():
    assert run(WITHOUT_TORCH) == '[]'
