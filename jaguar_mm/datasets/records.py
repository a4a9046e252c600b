"""What is known of the images of a data set."""

from __future__ import annotations

from mmengine.dataset import BaseDataset


def all_records(dataset: BaseDataset) -> list[dict]:
    """Return what is known of every image of a data set, in its order; no image is loaded."""
    return [dataset.get_data_info(index) for index in range(len(dataset))]
