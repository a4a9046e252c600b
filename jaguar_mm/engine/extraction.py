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

from jaguar_mm.batches import Batches
from jaguar_mm.engine.checkpoints.contract import action_of, keep_contract
from jaguar_mm.engine.checkpoints.fitting import embedding_weights, load_to_embed
from jaguar_mm.engine.checkpoints.published_file import seal_of
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.engine.unusable_images import GuardedDataset, collate_usable
from jaguar_mm.files import file_digest
from jaguar_mm.images import ImageError, picture_fingerprint
from jaguar_mm.registry import MODELS


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
        model: A :class:`~jaguar_mm.models.classifiers.ReIDClassifier`; with a ``tta`` the averaged embeddings are kept.
        dataset: The pictures.
        plan: Indices of the pictures of every batch.
        batches: Where finished batches are kept.
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
            batches.keep(batch, _embed(model, data) if data else np.empty((0, 0), np.float32), unusable)
            advance(len(plan[batch]))


def _embed(model: torch.nn.Module, data: dict) -> np.ndarray:
    """Return the embeddings of one batch (B, D)."""
    field = 'tta_embedding' if model.tta else 'embedding'
    embeddings = torch.stack([getattr(sample, field) for sample in model.test_step(data)])
    return embeddings.float().cpu().numpy()
