"""Retrieval with embeddings on the device."""

import time

import numpy as np
import torch
from measuring import DEVICE, Figures, milliseconds

from jaguar_mm.retrieval import k_reciprocal_rerank, topk_similarity


def main() -> None:
    """Search and re-rank, after a comparison with the CPU."""
    figures = Figures()
    count, width = (200, 32) if figures.tiny else (20_000, 1_024)
    generator = torch.Generator().manual_seed(0)
    animals = torch.randn(count // 20, width, generator=generator).repeat_interleave(20, 0)
    embeddings = torch.nn.functional.normalize(animals + torch.randn(animals.shape, generator=generator))
    on_device = embeddings.to(DEVICE)
    start = time.perf_counter()
    values, indices = topk_similarity(embeddings.numpy(), None, 20)
    on_cpu = time.perf_counter() - start
    found = topk_similarity(on_device, None, 20)
    equal = float((found[1].cpu().numpy() == indices).mean())
    error = float(np.abs(found[0].cpu().numpy() - values).max())
    passed = equal > 0.999 and error < 1e-5
    spent = milliseconds(lambda: topk_similarity(on_device, None, 20), repeats=5, warmup=1) if passed else None
    figures.add(what='top 20', images=count, equal=equal, error=error, passed=passed, ms=spent, cpu_s=on_cpu)
    few = 200 if figures.tiny else 5_000
    start = time.perf_counter()
    expected = k_reciprocal_rerank(embeddings[:few].numpy())
    on_cpu = time.perf_counter() - start
    error = float(np.abs(np.asarray(k_reciprocal_rerank(on_device[:few]).cpu()) - expected).max())
    passed = error < 1e-4
    spent = milliseconds(lambda: k_reciprocal_rerank(on_device[:few]), repeats=3, warmup=1) if passed else None
    figures.add(what='re-ranking', images=few, error=error, passed=passed, ms=spent, cpu_s=on_cpu)


if __name__ == '__main__':
    main()
