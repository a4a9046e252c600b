"""Keypoints and pairs of keypoints on the device, after a comparison with the CPU."""

import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
from measuring import DEVICE, Figures, milliseconds

from jaguar_mm.images import load_rgba
from jaguar_mm.matching import AlikedLightGlue, Animal, cut_out, score_pairs
from jaguar_mm.synthesis import CompetitionSpec, make_competition

CLOSE = 0.02  # of scores from 0 to 1; bfloat16 on a CPU is within 0.017 of float32 (benchmarks/matching.py)


def main() -> None:
    """Detect and match."""
    figures = Figures()
    images, batches = (4, (2, 4)) if figures.tiny else (32, (16, 64, 256))
    with tempfile.TemporaryDirectory() as work:
        animals = drawn(Path(work) / 'data', images)
    here, there = AlikedLightGlue(device=DEVICE), AlikedLightGlue(device='cpu')
    found = [there.detect(animal) for animal in animals]
    shared = np.mean([overlap(one.points, here.detect(each).points) for one, each in zip(found, animals, strict=True)])
    spent = milliseconds(lambda: [here.detect(animal) for animal in animals], repeats=3, warmup=1)
    passed = bool(shared > 0.9)
    figures.add(
        what='keypoints', images=images, same_places=float(shared), passed=passed, images_s=1e3 * images / spent
    )
    pairs = np.array(list(combinations(range(images), 2)))
    few = pairs[:: max(1, len(pairs) // 48)]
    expected = score_pairs(there, found, few)
    for batch in batches:
        here.batch = batch
        error = float(np.abs(score_pairs(here, found, few) - expected).max())
        spent = milliseconds(lambda: score_pairs(here, found, pairs), repeats=3, warmup=1) if error < CLOSE else None
        pairs_s = spent and 1e3 * len(pairs) / spent
        figures.add(what='pairs', batch=batch, pairs=len(pairs), error=error, passed=error < CLOSE, pairs_s=pairs_s)


def drawn(folder: Path, count: int) -> list[Animal]:
    """Draw animals, four images each, and cut them out."""
    spec = CompetitionSpec(identities=count // 4, train_per_identity=4, test_per_identity=0, size=768)
    make_competition(spec, folder)
    return [cut_out(load_rgba(path), 512) for path in sorted(folder.rglob('train*.png'))]


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of the one's points (N, 2) within a pixel of one of the other's (M, 2)."""
    return float((np.linalg.norm(one[:, None] - other[None], axis=2).min(1) < 1).mean())


if __name__ == '__main__':
    main()
