"""Train LightGlue with identities: images of one pattern shall agree more than those of two animals.

The loss and its settings are those of a public study (WildMatch): a hinge on triplets, the matcher alone being trained.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from jaguar_mm.matching.aliked import AlikedLightGlue
from jaguar_mm.matching.keypoints import Keypoints
from jaguar_mm.matching.scores import score_pairs
from jaguar_mm.matching.triplets import Draw, Known, Triplets
from jaguar_mm.matching.weights import save_weights
from jaguar_mm.networks import weights_digest
from jaguar_mm.randomness import generator
from jaguar_mm.storage import write_whole

HELD_OUT, JUDGED = 10, 64  # one animal of so many is held out; triplets of theirs that are judged
DECAY, CLIP = 1e-4, 1.0


@dataclass(frozen=True)
class Settings:
    """How a matcher is trained.

    Args:
        steps: Steps of the optimiser.
        batch: Triplets a step.
        lr: Learning rate at the beginning; it falls to 0 along a cosine.
        margin: By how much the score of the same pattern shall exceed that of another animal.
        sample: Images of other animals of which the one most like the anchor is taken, in every second triplet.
        seed: Seed.
        every: Steps between two reports, and two checkpoints.
    """

    steps: int = 1000
    batch: int = 32
    lr: float = 1e-5
    margin: float = 0.5
    sample: int = 8
    seed: int = 0
    every: int = 50


@dataclass(frozen=True)
class Report:
    """How far a training is.

    Args:
        step: Steps done.
        loss: Mean loss of the last steps.
        right: Share of their triplets whose score was higher for the same pattern.
        held_out: The same share for animals that are not trained on, NaN if there are too few.
    """

    step: int
    loss: float
    right: float
    held_out: float


class MatcherTraining:
    """Train a matcher; an interrupted training goes on where it was, on the CPU to the same bits.

    Args:
        matcher: The matcher, trained in place.
        keypoints: Of all images (N).
        known: What is known of them.
        settings: How to train.
        out: File of the weights; the checkpoint is beside it until they are written.

    Raises:
        ValueError: If too few images can be used, or the checkpoint is of another training.
    """

    def __init__(
        self, matcher: AlikedLightGlue, keypoints: Sequence[Keypoints], known: Known, settings: Settings, out: Path
    ) -> None:
        self.matcher, self.keypoints, self.settings, self.out = matcher, keypoints, settings, out
        self.checkpoint = out.with_suffix('.training.pt')
        self.record = asdict(settings) | dict(
            matcher=matcher.fingerprint, start=weights_digest(matcher.glue), images=_digest(keypoints, known)
        )
        self.triplets, held_out = _parted(known, keypoints, settings.seed)
        self.judged = held_out.draw('held out', settings.seed, 0, JUDGED, 1) if len(held_out) else []
        self.optimizer = torch.optim.AdamW(matcher.glue.parameters(), settings.lr, weight_decay=DECAY)
        self.step = self._resumed()

    def run(self, report: Callable[[Report], None] = lambda report: None) -> None:
        """Train to the end and write the weights.

        Args:
            report: Is told how far it is.
        """
        seen: list[tuple[float, float]] = []
        while self.step < self.settings.steps:
            seen.append(self._train_step())
            self.step += 1
            if self.step % self.settings.every == 0 or self.step == self.settings.steps:
                self._save()
                loss, right = np.mean(seen, 0)
                report(Report(self.step, float(loss), float(right), self.held_out()))
                seen = []
        save_weights(self.matcher.glue, self.out, dict(training=json.dumps(self.record, sort_keys=True)))
        self.checkpoint.unlink(missing_ok=True)

    def held_out(self) -> float:
        """Return the share of triplets of held-out animals that are right now, NaN if there are none."""
        if not self.judged:
            return math.nan
        pairs = [(draw.anchor, other) for draw in self.judged for other in (draw.positive, draw.negatives[0])]
        scores = score_pairs(self.matcher, self.keypoints, np.array(pairs)).reshape(-1, 2)
        return float((scores[:, 0] > scores[:, 1]).mean())

    def _train_step(self) -> tuple[float, float]:
        """Take one step; return the loss and the share of triplets that were right."""
        settings = self.settings
        for group in self.optimizer.param_groups:
            group['lr'] = settings.lr * (1 + math.cos(math.pi * self.step / settings.steps)) / 2
        draws = self.triplets.draw('matcher', settings.seed, self.step, settings.batch, settings.sample)
        anchors, negatives = [draw.anchor for draw in draws], self._hardest(draws)
        scores = self._soft_scores(anchors * 2, [draw.positive for draw in draws] + negatives)
        same, other = scores.view(2, -1)
        loss = torch.relu(settings.margin - same + other).mean()
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.matcher.glue.parameters(), CLIP)
        self.optimizer.step()
        return loss.item(), float((same > other).float().mean())

    @torch.no_grad()
    def _hardest(self, draws: Sequence[Draw]) -> list[int]:
        """Return of each draw the negative that is most like the anchor at present."""
        anchors = [draw.anchor for draw in draws for _ in draw.negatives]
        scores = self._soft_scores(anchors, [int(other) for draw in draws for other in draw.negatives])
        parts = torch.split(scores, [len(draw.negatives) for draw in draws])
        return [int(draw.negatives[int(part.argmax())]) for draw, part in zip(draws, parts, strict=True)]

    def _soft_scores(self, first: Sequence[int], second: Sequence[int]) -> Tensor:
        """Return the scores of pairs of images (P,), with gradients; see :func:`soft_score`."""
        found, order = [], []
        sides = [[self.keypoints[image] for image in side] for side in (first, second)]
        for together, likely in self.matcher.assignments(*sides):
            found.append(soft_score(likely))
            order += together
        return torch.cat(found)[torch.tensor(np.argsort(order), device=self.matcher.device)]

    def _save(self) -> None:
        content = io.BytesIO()
        state = dict(weights=self.matcher.glue.state_dict(), optimizer=self.optimizer.state_dict())
        torch.save(state | dict(step=self.step, record=self.record), content)
        write_whole(self.checkpoint, content.getvalue())

    def _resumed(self) -> int:
        """Load the checkpoint if there is one; return how many steps are done."""
        if not self.checkpoint.is_file():
            return 0
        state = torch.load(self.checkpoint, map_location=self.matcher.device, weights_only=True)
        for name, value in self.record.items():
            if state['record'].get(name) != value:
                raise ValueError(
                    f'{self.checkpoint}: a training with {name} {state["record"].get(name)!r}, not {value!r}; give the '
                    f'same again, remove the file, or choose another --out'
                )
        self.matcher.glue.load_state_dict(state['weights'])
        self.optimizer.load_state_dict(state['optimizer'])
        return state['step']


def soft_score(likely: Tensor) -> Tensor:
    """Return a differentiable pair score: each keypoint's best probability, averaged over keypoints, then over sides.

    Of :func:`~jaguar_mm.matching.pair_score` it differs in that keypoints count whose best is not mutual or unlikely.

    Args:
        likely: How likely points correspond (B, n, m).

    Returns:
        Scores (B,), from 0 to 1.
    """
    return (likely.amax(2).mean(1) + likely.amax(1).mean(1)) / 2


def _parted(known: Known, keypoints: Sequence[Keypoints], seed: int) -> tuple[Triplets, Triplets]:
    """Return triplets to train on, and those of held-out animals."""
    usable = [image for image, found in enumerate(keypoints) if len(found)]
    animals = sorted({known.animals[image] for image in usable})
    count = len(animals) // HELD_OUT if len(animals) >= 2 * HELD_OUT else 0
    held_out = set(generator('held-out animals', seed).permutation(animals)[:count].tolist())
    parts = [[image for image in usable if (known.animals[image] in held_out) == held] for held in (False, True)]
    training, judged = (Triplets(known, part) for part in parts)
    if not len(training):
        raise ValueError('no image has another one of its animal and of another burst, or there is one animal only')
    return training, judged


def _digest(keypoints: Sequence[Keypoints], known: Known) -> str:
    """Return what tells the training images from others."""
    digest = hashlib.sha256(repr([list(each) for each in known]).encode())
    for found in keypoints:
        digest.update(found.points.tobytes() + found.descriptors.tobytes())
    return digest.hexdigest()
