"""Once through the images of a training, beside the training."""

from torch import Generator
from torch.utils.data import DataLoader, RandomSampler


def all_images(loader: DataLoader, drop_last: bool = False) -> DataLoader:
    """Return a loader of all images of another, shuffled, for batch norms take their statistics from batches.

    Args:
        loader: The other; whatever its sampler shows in an epoch.
        drop_last: Whether to leave out the last batch if it is smaller.
    """
    return DataLoader(
        loader.dataset,
        loader.batch_size,
        sampler=RandomSampler(loader.dataset, generator=Generator().manual_seed(0)),
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        worker_init_fn=loader.worker_init_fn,
        drop_last=drop_last,
    )
