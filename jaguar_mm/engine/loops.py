"""The training loop: every step is a function of seed, epoch, step and process, so it can go on anywhere."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from itertools import islice

import torch
from mmengine.dist import broadcast, get_rank, get_world_size
from mmengine.logging import print_log
from mmengine.runner import EpochBasedTrainLoop, Runner

from jaguar_mm.engine.accumulation import train_in_parts
from jaguar_mm.engine.bare_model import bare_model
from jaguar_mm.engine.batch_check import cannot_be_parted, check_positives, check_whole_batches
from jaguar_mm.randomness import seed_generators, undisturbed
from jaguar_mm.registry import LOOPS

VALIDATED = 'last_validation'  # in the message hub, and with it in the checkpoint


@LOOPS.register_module()
class ResumableTrainLoop(EpochBasedTrainLoop):
    """MMEngine's loop over epochs, which goes on exactly where a checkpoint was taken, also within an epoch.

    Gradients are accumulated within an epoch only: the last update of an epoch averages over fewer batches if their
    number asks for it, so every epoch ends with an update. All processes validate and save with the buffers (running
    statistics) of the first one.

    A training that starts anew validates once before its first step, whatever ``val_begin`` says: what goes wrong in a
    validation goes wrong at once, and the score is there to compare with. It changes no random number.

    Args:
        runner: The runner.
        dataloader: The dataloader or its config. With an :class:`~jaguar_mm.datasets.samplers.EpochSampler` the
            images before the point of resumption are not read.
        micro_batch: Most images on the device at once; larger batches are computed in parts. None: all. After the
            device runs out of memory it is halved, and the batches since the last update are computed again; unless
            the model says that it needs whole batches, as for mixup and losses on pairs.
        kwargs: Of MMEngine's ``EpochBasedTrainLoop``: ``max_epochs``, ``val_begin``, ``val_interval``.

    Raises:
        ValueError: If the model needs whole batches and ``micro_batch`` would cut them, or a loss compares images of a
            class and the sampler gives one of each.
    """

    def __init__(self, runner: Runner, dataloader: dict, *, micro_batch: int | None = None, **kwargs) -> None:
        super().__init__(runner, dataloader, **kwargs)
        self.micro_batch = micro_batch
        self._since_update: list[tuple[int, dict]] = []
        model = bare_model(runner)
        self._whole = model.needs_whole_batches() if hasattr(model, 'needs_whole_batches') else []
        check_whole_batches(self._whole, micro_batch, self.dataloader.batch_size)
        check_positives(getattr(getattr(model, 'head', None), 'pair_losses', ()), self.dataloader.sampler)

    def run(self) -> torch.nn.Module:
        """Train."""
        self.runner.call_hook('before_train')
        if self._iter == 0 and self.runner.val_loop is not None:
            with undisturbed():
                self.runner.val_loop.run()
        elif (
            self._iter % len(self.dataloader) == 0
            and self.runner.message_hub.runtime_info.get(VALIDATED) != self._epoch
        ):
            self._validate_if_due()  # interrupted between the end of an epoch and the end of its validation
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate_if_due()
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train for an epoch, or for what is left of it."""
        done = self._iter - self._epoch * len(self.dataloader)
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        self.runner.optim_wrapper.initialize_count_status(self.runner.model, done, len(self.dataloader))
        for idx, data_batch in enumerate(self._batches(done), start=done):
            self.run_iter(idx, data_batch)
        self._share_buffers()
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: dict) -> None:
        """Train on one batch.

        Args:
            idx: Its number in the epoch.
            data_batch: ``inputs`` and ``data_samples``.
        """
        self.runner.call_hook('before_train_iter', batch_idx=idx, data_batch=data_batch)
        self._since_update.append((idx, data_batch))
        outputs = self._compute(idx, data_batch)
        if self.runner.optim_wrapper.should_update():
            self._since_update.clear()
        self.runner.call_hook('after_train_iter', batch_idx=idx, data_batch=data_batch, outputs=outputs)
        self._iter += 1

    def _batches(self, done: int) -> Iterator[dict]:
        """Return the epoch's batches after the first ``done``."""
        sampler = self.dataloader.sampler
        if hasattr(sampler, 'skip'):
            sampler.skip(done * self.dataloader.batch_size)
            return iter(self.dataloader)
        return islice(self.dataloader, done, None)

    def _compute(self, idx: int, data_batch: dict) -> dict[str, torch.Tensor]:
        """Compute one batch, in smaller and smaller parts until they fit into memory, and return its losses."""
        try:
            return self._step(idx, data_batch)
        except torch.OutOfMemoryError as error:
            self._halve(len(data_batch['inputs']), error)
        while True:  # outside of the handler, which keeps the failed step's memory alive
            try:
                return self._repeat_since_update()
            except torch.OutOfMemoryError as error:
                self._halve(len(data_batch['inputs']), error)

    def _repeat_since_update(self) -> dict[str, torch.Tensor]:
        """Compute all batches since the last update again and return the last one's losses."""
        gc.collect()
        torch.cuda.empty_cache()
        optim_wrapper = self.runner.optim_wrapper
        optim_wrapper.zero_grad()
        optim_wrapper.initialize_count_status(self.runner.model, self._since_update[0][0], len(self.dataloader))
        return [self._step(idx, data_batch) for idx, data_batch in self._since_update][-1]

    def _step(self, idx: int, data_batch: dict) -> dict[str, torch.Tensor]:
        """Compute one batch and, after enough of them, update the weights."""
        seed_generators('step', self.runner.seed, self._epoch * len(self.dataloader) + idx, get_rank())
        part_size = self.micro_batch or len(data_batch['inputs'])
        return train_in_parts(self.runner.model, data_batch, self.runner.optim_wrapper, part_size)

    def _halve(self, batch_size: int, error: torch.OutOfMemoryError) -> None:
        """Halve the parts in which batches are computed, if the model allows parts.

        Raises:
            MemoryError: If that is not possible.
        """
        tried = min(self.micro_batch or batch_size, batch_size)
        if self._whole:
            raise MemoryError(
                f'out of memory with {tried} images on the device; {cannot_be_parted(self._whole)}'
            ) from error
        if tried == 1 or get_world_size() > 1:
            advice = f'set train_cfg.micro_batch to less than {tried}' if tried > 1 else 'one image does not fit'
            raise MemoryError(f'out of memory with {tried} images on the device; {advice}') from error
        self.micro_batch = (tried + 1) // 2
        print_log(
            f'out of memory with {tried} images on the device; going on with {self.micro_batch} at a time '
            f'(train_cfg.micro_batch), the batch stays {batch_size}',
            logger='current',
            level=logging.WARNING,
        )

    def _share_buffers(self) -> None:
        """Give every process the buffers of the first one, whose checkpoint it would resume from."""
        for buffer in self.runner.model.buffers():
            broadcast(buffer)

    def _validate_if_due(self) -> None:
        """Validate if this is an epoch to be validated."""
        self._decide_current_val_interval()
        last, every = self._epoch == self._max_epochs, self._epoch % self.val_interval == 0
        if self.runner.val_loop is not None and self._epoch >= max(1, self.val_begin) and (every or last):
            self.runner.message_hub.update_info(VALIDATED, self._epoch)
            self.runner.val_loop.run()
