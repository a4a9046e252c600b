"""Class centres that begin where their images are."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from mmengine.dist import broadcast
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.data import DataLoader

from jaguar_mm.engine.all_images import all_images
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.engine.console import say
from jaguar_mm.models.losses import ClassCentres
from jaguar_mm.randomness import undisturbed
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class ClassMeansHook(Hook):
    """Before the first step set the centre of each class to the mean of its images' embeddings.

    Centres at random places say nothing, and a margin pushes embeddings away from them before they mean anything (Qi et
    al., CVPR 2018, section 3.2, set the centres of new classes so). The training images are embedded once, augmented
    as in the first epoch; nothing else of the training changes. A training that is resumed keeps its centres.
    """

    def before_train(self, runner: Runner) -> None:
        """Set the centres of every loss that has one a class.

        Raises:
            ValueError: If no loss has.
        """
        if runner.iter > 0:
            return
        model = bare_model(runner)
        classes = model.head.num_classes
        found = {
            name: loss
            for name, loss in model.head.losses.items()
            if isinstance(loss, ClassCentres) and len(loss.weight) == classes
        }
        if not found:
            raise ValueError('ClassMeansHook sets one centre a class, and no loss of model.head.losses has such')
        means = class_means(model, runner.train_dataloader, classes)
        for loss in found.values():
            with torch.no_grad():
                loss.weight.copy_(means)
        say(runner.logger, f'centres start from the means of their images: {", ".join(found)}')


def class_means(model: nn.Module, loader: DataLoader, classes: int) -> Tensor:
    """Return the mean embedding of each class, of length one (C, D), float32, the same on all processes.

    Args:
        model: The model; it embeds as in training, its statistics stay as they are.
        loader: Of the training images; all of them are embedded, whatever its sampler shows in an epoch.
        classes: C; each has an image.
    """
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    sums = torch.zeros(classes, model.embedding_width)
    model.train()
    with torch.no_grad(), undisturbed():
        for batch in all_images(loader):
            prepared = model.data_preprocessor(batch, training=False)
            labels = torch.cat([sample.gt_label for sample in prepared['data_samples']]).cpu()
            sums.index_add_(0, labels, model.embed(prepared['inputs']).cpu())
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])
    broadcast(sums)
    return F.normalize(sums)
