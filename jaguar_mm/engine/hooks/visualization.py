"""One drawing of each prediction, in the folders that the images themselves lie in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.visualization import Visualizer
from mmpretrain.structures import DataSample
from torch import Tensor

from jaguar_mm.datasets.names import is_below
from jaguar_mm.registry import HOOKS


@HOOKS.register_module()
class VisualizationHook(Hook):
    """Draw predictions in validation and test, as mmpretrain's hook of this name and with its arguments.

    That one names a drawing by the last part of its image's path, so that of ``A/p5.jpg`` and ``D/p5.jpg`` one
    overwrites the other. Here ``A/p5.jpg`` becomes ``out_dir/A/p5.jpg_0.png``, with the epoch instead of 0 in training.

    Args:
        enable: Whether to draw at all.
        interval: One image in so many is drawn.
        show: Whether to show each drawing in a window.
        out_dir: Folder of the drawings; without one they go to the visualizer's backends, under names in which ``%2F``
            stands for ``/``.
        kwargs: Of ``UniversalVisualizer.visualize_cls``, such as ``wait_time``.
    """

    def __init__(
        self, enable: bool = False, interval: int = 5000, show: bool = False, out_dir: str | None = None, **kwargs
    ) -> None:
        self.enable, self.interval, self.out_dir = enable, interval, out_dir
        self.draw_args = {**kwargs, 'show': show}

    def after_val_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[DataSample]) -> None:
        """Draw predictions of a validation."""
        self._draw(batch_idx * runner.val_dataloader.batch_size, data_batch['inputs'], outputs, runner.epoch)

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch: dict, outputs: Sequence[DataSample]) -> None:
        """Draw predictions of a test."""
        self._draw(batch_idx * runner.test_dataloader.batch_size, data_batch['inputs'], outputs, 0)

    def _draw(self, start: int, inputs: Sequence[Tensor], samples: Sequence[DataSample], step: int) -> None:
        """Draw what is due of a batch.

        Args:
            start: Number of its first image.
            inputs: The images, (3, H, W) each.
            samples: The predictions.
            step: What the names end with.
        """
        if not self.enable:
            return
        for number, (image, sample) in enumerate(zip(inputs, samples, strict=True), start):
            if number % self.interval:
                continue
            name = drawing_name(sample, number)
            if self.out_dir:
                target = {'out_file': str(Path(self.out_dir) / f'{name}_{step}.png')}
            else:
                target = {'name': name.replace('%', '%25').replace('/', '%2F')}
            pixels = image.permute(1, 2, 0).cpu().numpy().astype('uint8')
            Visualizer.get_current_instance().visualize_cls(pixels, sample, step=step, **target, **self.draw_args)


def drawing_name(sample: DataSample, number: int) -> str:
    """Return a relative path without ``..`` that no other image has.

    Args:
        sample: What is known of the image; its ``image_name`` if that is a path below a folder, else ``img_path``.
        number: The image's number in this process, for one that has neither.
    """
    name = sample.get('image_name')
    if name and is_below(name):
        return name
    if path := sample.get('img_path'):
        return Path(os.path.abspath(path)).as_posix().lstrip('/').replace(':', '')
    return f'{get_rank()}_{number}'
