"""What the re-ranking that goes round public solutions costs.

python benchmarks/rerank_fault.py EMBEDDINGS

Takes labelled embeddings from jaguar-mm embed and prints a Markdown table: cosine, the faulty variant, and the
published method, with 95 % intervals of the difference to the cosine by a paired bootstrap over identities.
"""

from __future__ import annotations

import argparse

import numpy as np

from jaguar_mm.evaluation.comparison import bootstrap_interval
from jaguar_mm.retrieval import cosine_similarity, k_reciprocal_rerank, mean_inp, per_identity_map
from jaguar_mm.storage import load_embeddings

SETTINGS = ((20, 6, 0.3), (15, 3, 0.1), (6, 3, 0.3))  # k1, k2, lambda


def faulty_rerank(similarity: np.ndarray, k1: int, lambda_value: float) -> np.ndarray:
    """Return distances (N, N) with the faults as described: see docs/reranking.md.

    The Jaccard distance is 0 for every pair that is not visited; sets are not widened, have no weights and are not
    averaged; lambda weighs the wrong term.
    """
    order = np.argsort(-similarity, axis=1, kind='stable')[:, : k1 + 1]
    sets = [{j for j in row if i in order[j]} for i, row in enumerate(order)]
    jaccard = np.zeros_like(similarity)
    for i, own in enumerate(sets):
        for j in own:
            jaccard[i, j] = 1 - len(own & sets[j]) / len(own | sets[j])
    return lambda_value * jaccard + (1 - lambda_value) * (1 - similarity)


def interval(scores: dict, reference: dict) -> tuple[float, float, float]:
    """Return the mean difference of two scores by identity, and the ends of its 95 % interval."""
    gains = np.array([scores[identity].mean_ap - reference[identity].mean_ap for identity in reference])
    return gains.mean(), *bootstrap_interval(gains, seed=0)


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('embeddings', help='file with identities')
    table = load_embeddings(parser.parse_args().embeddings)
    similarity = cosine_similarity(table.vectors.astype(np.float64))
    variants = {'cosine': similarity}
    for k1, k2, share in SETTINGS:
        variants[f'faulty, k1 {k1}, lambda {share}'] = -faulty_rerank(similarity, k1, share)
        published = k_reciprocal_rerank(table.vectors, k1=k1, k2=k2, lambda_value=share)
        variants[f'published, k1 {k1}, k2 {k2}, lambda {share}'] = -published
    by_identity = {name: per_identity_map(variant, table.column('identity')) for name, variant in variants.items()}
    print('| ranking | identity-balanced mAP | gain over cosine (95 % interval) | mINP |\n|---|---|---|---|')
    for name, scores in by_identity.items():
        mean = np.mean([score.mean_ap for score in scores.values()])
        gain, low, high = interval(scores, by_identity['cosine'])
        inp = mean_inp(variants[name], table.column('identity'))
        print(f'| {name} | {mean:.3f} | {gain:+.3f} ({low:+.3f} to {high:+.3f}) | {inp:.3f} |')


if __name__ == '__main__':
    main()
