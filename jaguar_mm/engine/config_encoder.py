"""A config with its checkpoint as an encoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import autocast
from torch import nn

from jaguar_mm.datasets.protocol import ReIDData, build_reid_data
from jaguar_mm.datasets.records import all_records
from jaguar_mm.encoders import Encoder
from jaguar_mm.encoders.load import make_fingerprint
from jaguar_mm.encoders.preprocessing import preprocessing_key
from jaguar_mm.encoders.records import Record
from jaguar_mm.engine.checkpoints.recorded_config import nested_dicts
from jaguar_mm.networks import EmbeddingNetwork, has_bfloat16, weights_digest
from jaguar_mm.storage import EncoderFingerprint


def config_encoder(cfg: Config, model: nn.Module, loader: Config, dataset: ReIDData) -> Encoder:
    """Return the encoder of a config's model, for the images of one data set.

    Args:
        cfg: The config.
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier` with its weights; its ``tta`` is the view that
            can be asked for.
        loader: The dataloader's config, whose pipeline tells the encoder from others.
        dataset: The images, each prepared by its own pipeline.
    """
    half = cfg.get('test_cfg', {}).get('fp16', False) and (torch.cuda.is_available() or has_bfloat16())
    return Encoder(ConfigNetwork(model, half), prepared_by(dataset), encoder_fingerprint(cfg, model, loader))


def encoder_fingerprint(cfg: Config, model: nn.Module, loader: Config) -> EncoderFingerprint:
    """Return what tells a config's encoder from others: that of its published file.

    Args:
        cfg: The config.
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier` with its weights.
        loader: The dataloader's config, whose pipeline prepares the images.
    """
    preprocessor = model.data_preprocessor
    normalisation = [values.flatten().tolist() for values in (preprocessor.mean, preprocessor.std)]
    network = EmbeddingNetwork(model.backbone, model.neck)
    return make_fingerprint(
        weights_digest(network),
        preprocessing_key(pipeline_of(loader)),
        *normalisation,
        cfg.model.backbone.get('model_name', ''),
    )


def dataset_of(loader: Config, folder: Path | None = None) -> ReIDData:
    """Build a dataloader's data set, or one of a folder's images that go through the same transforms."""
    if folder is None:
        return build_reid_data(loader.dataset)
    return build_reid_data(dict(type='ImageFolder', folder=str(folder), pipeline=pipeline_of(loader), test_mode=True))


def pipeline_of(loader: Config) -> list[dict]:
    """Return the first pipeline in a dataloader's data set."""
    return next(found['pipeline'] for found in nested_dicts(loader.dataset) if 'pipeline' in found)


def prepared_by(dataset: ReIDData) -> Callable[[Record], np.ndarray]:
    """Return what prepares a record's image as the data set does, (H, W, 3)."""
    places = {record['image_name']: place for place, record in enumerate(all_records(dataset))}
    return lambda record: dataset[places[record['image_name']]]['inputs'].numpy().transpose(1, 2, 0)


class ConfigNetwork:
    """Embed batches of prepared images with a model of OpenMMLab.

    Args:
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`.
        half: Whether to compute in automatic mixed precision.
    """

    def __init__(self, model: nn.Module, half: bool = False) -> None:
        self.model, self.half = model.eval(), half
        self.views = {model.tta.name: model.tta} if model.tta else {}

    def __call__(self, images: np.ndarray, views: Sequence[str]) -> dict[str, np.ndarray]:
        """Return view to embeddings, float32 (B, D), of prepared images (B, H, W, 3)."""
        inputs = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
        with torch.inference_mode(), autocast(enabled=self.half):
            ready = self.model.data_preprocessor({'inputs': inputs})['inputs']
            plain = self.model.embed(ready)
            found = {'': plain} | {name: self.views[name](self.model.embed, ready, plain) for name in views}
        return {name: embeddings.float().cpu().numpy() for name, embeddings in found.items()}
