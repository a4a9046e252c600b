"""Losses that go by the number of images of a class are told it."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from jaguar_mm.datasets.records import all_records
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.models.losses import ClassCounts
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class ClassCountsHook(Hook):
    """Before the first step tell losses how many training images each class has; nothing happens if none asks."""

    def before_train(self, runner: Runner) -> None:
        """Count the images of the training set, whatever its sampler makes of them."""
        model = bare_model(runner)
        asking = [module for module in model.modules() if isinstance(module, ClassCounts)]
        if not asking:
            return
        labels = torch.tensor([record['gt_label'] for record in all_records(runner.train_dataloader.dataset)])
        counts = torch.bincount(labels, minlength=model.head.num_classes)
        device = next(model.parameters()).device
        for module in asking:
            module.images = counts.to(device)
