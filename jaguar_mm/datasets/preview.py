"""What a data set gives the network: an image as it is loaded, and the very views that training will see."""

from __future__ import annotations

import numpy as np

from jaguar_mm.datasets.identity_dataset import IdentityDataset
from jaguar_mm.datasets.records import all_records
from jaguar_mm.datasets.samplers import Draw
from jaguar_mm.datasets.transforms import AlphaMask, CropToAnnotation, CropToMask, LoadRGBA
from jaguar_mm.images import LoadedImage


def load_image(dataset: IdentityDataset, index: int) -> LoadedImage:
    """Return a sample's image before any augmentation; of an annotation its cut-out."""
    cuts = [step for step in dataset.pipeline.transforms if isinstance(step, CropToAnnotation)]
    results = dataset.get_data_info(index)
    for step in (_masking(dataset) or LoadRGBA(), *cuts):
        results = step(results)
    return LoadedImage(results['img'], results['has_alpha'])


def see(dataset: IdentityDataset, index: int | Draw) -> np.ndarray:
    """Return a sample as the network sees it before normalisation, uint8 (H, W, 3)."""
    return dataset[index]['inputs'].numpy().transpose(1, 2, 0)


def background_mode(dataset: IdentityDataset) -> str:
    """Return the background that the pipeline puts behind the animal, ``'keep'`` if it has no such step."""
    modes = [step.background for step in dataset.pipeline.transforms if isinstance(step, AlphaMask)]
    return modes[-1] if modes else 'keep'


def masked_paths(dataset: IdentityDataset) -> set[str]:
    """Return the paths of the files whose alpha the pipeline asks for.

    An annotation's own mask takes its place, and so does a mask that is made as the image is loaded.
    """
    steps = dataset.pipeline.transforms
    asked_for = background_mode(dataset) != 'keep' or any(isinstance(step, CropToMask) for step in steps)
    if not asked_for or _masking(dataset):
        return set()
    return {
        record['img_path']
        for record in all_records(dataset)
        if record.get('annotation', {}).get('segmentation') is None
    }


def _masking(dataset: IdentityDataset) -> LoadRGBA | None:
    """Return the pipeline's loader if it gives masks to images that lack alpha."""
    loaders = (step for step in dataset.pipeline.transforms if isinstance(step, LoadRGBA))
    return next((loader for loader in loaders if loader.segmenter), None)
