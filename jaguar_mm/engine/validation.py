"""The scores of a model on a config's validation set, without a training around it."""

from __future__ import annotations

import torch
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from torch import nn

from jaguar_mm.configs.sets import require
from jaguar_mm.engine.checkpoints.fitting import load_to_embed
from jaguar_mm.engine.embedding_model import build_model
from jaguar_mm.engine.runner import ReIDRunner
from jaguar_mm.networks import chosen_device, on_device


class Validation:
    """Score weights, one set of them after the other, on a config's validation set.

    Args:
        cfg: The config.

    Raises:
        ConfigError: If it has no model or no validation.
    """

    def __init__(self, cfg: Config) -> None:
        require(cfg, 'model', 'val_dataloader', 'val_evaluator')
        self.model: nn.Module = build_model(cfg, 'none', 'val_dataloader')
        self.loader = ReIDRunner.build_dataloader(dict(cfg.val_dataloader, persistent_workers=False))
        self.evaluator = Evaluator(cfg.val_evaluator)
        self.evaluator.dataset_meta = self.loader.dataset.metainfo

    @torch.no_grad()
    def __call__(self, checkpoint: dict, path: str) -> dict[str, float]:
        """Return the scores of a checkpoint.

        Args:
            checkpoint: What the file holds.
            path: The file.

        Raises:
            CheckpointError: If it does not give all weights on the way to the embedding.
        """
        load_to_embed(self.model, checkpoint, path)
        on_device(self.model, chosen_device()).eval()
        for batch in self.loader:
            self.evaluator.process(self.model.test_step(batch), batch)
        return self.evaluator.evaluate(len(self.loader.dataset))
