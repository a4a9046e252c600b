"""Pictures to embeddings, a batch at a time, each kept on disk until all are done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader, autocast, set_random_seed
from torch.utils.data import DataLoader, Dataset

from jaguar_mm.encoders.load import make_fingerprint
from jaguar_mm.encoders.preprocessing import preprocessing_key
from jaguar_mm.encoders.published import seal_of
from jaguar_mm.engine.checkpoints.contract import action_of, keep_contract
from jaguar_mm.engine.checkpoints.fitting import embedding_weights, load_to_embed
from jaguar_mm.engine.checkpoints.recorded_config import nested_dicts
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.engine.unusable_images import GuardedDataset, collate_usable
from jaguar_mm.images import ImageError, picture_fingerprint
from jaguar_mm.networks import EmbeddingNetwork, weights_digest
from jaguar_mm.registry import MODELS
from jaguar_mm.storage import EncoderFingerprint
from jaguar_mm.storage.batches import Batches
from jaguar_mm.storage.files import file_digest


def build_model(cfg: Config, checkpoint: str, loader: str = 'test_dataloader') -> torch.nn.Module:
    """Build a config's model for testing, on the GPU if there is one.

    Args:
        cfg: The config.
        checkpoint: A checkpoint file, or ``'none'`` for the network as it starts: with the config's
            ``randomness.seed`` (0 if it has none) always the same one.
        loader: Whose pictures it is to embed.

    Raises:
        CheckpointError: If the file cannot be read, or does not give all weights on the way to the embedding.
        ContractError: If they are not prepared as the checkpoint's were and the config's ``BackgroundContractHook``
            is to raise; by default there is a warning.
        ValueError: If they are loaded with red and blue exchanged.
    """
    init_default_scope(cfg.get('default_scope', 'jaguar_mm'))
    set_random_seed((cfg.get('randomness') or {}).get('seed') or 0)
    model = MODELS.build(cfg.model)
    check_colour_order(cfg, model, [loader])
    if checkpoint == 'none':
        model.init_weights()
    else:
        loaded = CheckpointLoader.load_checkpoint(checkpoint, 'cpu')
        load_to_embed(model, loaded, checkpoint)
        keep_contract(loaded.get('meta') or {}, cfg, loader, action_of(cfg))
    return model.to('cuda' if torch.cuda.is_available() else 'cpu').eval()


def encoder_fingerprint(cfg: Config, model: torch.nn.Module, loader: str) -> EncoderFingerprint:
    """Return what tells a config's encoder from others: that of its published file.

    Args:
        cfg: The config.
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier` with its weights.
        loader: Whose pipeline prepares the images.
    """
    pipeline = next(found['pipeline'] for found in nested_dicts(cfg[loader].dataset) if 'pipeline' in found)
    preprocessor = model.data_preprocessor
    normalisation = [values.flatten().tolist() for values in (preprocessor.mean, preprocessor.std)]
    network = EmbeddingNetwork(model.backbone, model.neck)
    return make_fingerprint(
        weights_digest(network), preprocessing_key(pipeline), *normalisation, cfg.model.backbone.get('model_name', '')
    )


def embedding_job(cfg: Config, checkpoint: str, records: Sequence[dict], model: torch.nn.Module) -> dict[str, str]:
    """Return all that embeddings depend on.

    Args:
        cfg: The config, overrides included.
        checkpoint: A checkpoint file or ``'none'``.
        records: ``image_name`` and ``img_path`` of the pictures.
        model: The model that embeds, with the weights that it has.
    """
    return {
        'config': hashlib.sha256(cfg.pretty_text.encode()).hexdigest(),
        'checkpoint': 'none' if checkpoint == 'none' else file_digest(checkpoint),
        'weights': seal_of({}, embedding_weights(model)),
        'pictures': picture_fingerprint({record['image_name']: record['img_path'] for record in records}),
    }


def embed_batches(
    model: torch.nn.Module,
    dataset: Dataset,
    plan: Sequence[Sequence[int]],
    batches: Batches,
    *,
    workers: int = 0,
    half: bool = False,
    skip_unusable: bool = False,
    advance: Callable[[int], None] = lambda pictures: None,
) -> None:
    """Embed the pictures of all batches that are missing.

    Args:
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`; with a ``tta`` the averaged embeddings are kept
            too.
        dataset: The pictures.
        plan: Indices of the pictures of every batch.
        batches: Where finished batches are kept, arrays (B, V, D): plain embeddings, then averaged ones if there are.
        workers: Processes that read pictures.
        half: Whether to compute in automatic mixed precision.
        skip_unusable: Whether a picture that cannot be used is left out, and kept with its reason in ``batches``.
        advance: Called with the number of pictures after every batch.

    Raises:
        ImageError: If a picture cannot be used and is not to be left out.
    """
    missing = batches.missing()
    loader = DataLoader(
        GuardedDataset(dataset),
        batch_sampler=[plan[batch] for batch in missing],
        num_workers=workers,
        collate_fn=collate_usable,
    )
    with torch.inference_mode(), autocast(enabled=half):
        for batch, (data, unusable) in zip(missing, loader, strict=True):
            if unusable and not skip_unusable:
                raise ImageError(next(iter(unusable.values())))
            batches.keep(batch, _embed(model, data) if data else np.empty((0, 0, 0), np.float32), unusable)
            advance(len(plan[batch]))


def _embed(model: torch.nn.Module, data: dict) -> np.ndarray:
    """Return the embeddings of one batch (B, V, D)."""
    fields = ['embedding', 'tta_embedding'] if model.tta else ['embedding']
    samples = model.test_step(data)
    embeddings = [torch.stack([getattr(sample, field) for sample in samples]) for field in fields]
    return torch.stack(embeddings, 1).float().cpu().numpy()
