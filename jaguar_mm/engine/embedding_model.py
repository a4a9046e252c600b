"""A config's model with the weights of a checkpoint, ready to embed."""

from __future__ import annotations

import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.runner import CheckpointLoader, set_random_seed

from jaguar_mm.configs.sets import require
from jaguar_mm.engine.checkpoints.contract import action_of, keep_contract
from jaguar_mm.engine.checkpoints.fitting import load_to_embed
from jaguar_mm.engine.checkpoints.loading import install_safe_loading
from jaguar_mm.engine.colour_order import check_colour_order
from jaguar_mm.engine.console import quiet
from jaguar_mm.engine.start_weights import without_start_weights
from jaguar_mm.networks import chosen_device, on_device
from jaguar_mm.registry import MODELS


def build_model(cfg: Config, checkpoint: str, loader: str = 'test_dataloader') -> torch.nn.Module:
    """Build a config's model for testing, on the GPU if there is one.

    Args:
        cfg: The config.
        checkpoint: A checkpoint file, or ``'none'`` for the network as it starts: with the config's
            ``randomness.seed`` (0 if it has none) always the same one.
        loader: Whose images it is to embed.

    Raises:
        ConfigError: If the config has no model.
        CheckpointError: If the file cannot be read, or does not give all weights on the way to the embedding.
        ContractError: If they are not prepared as the checkpoint's were and the config's ``BackgroundContractHook``
            is to raise; by default there is a warning.
        ValueError: If they are loaded with red and blue exchanged.
    """
    require(cfg, 'model')
    install_safe_loading()
    quiet(MMLogger.get_current_instance())
    init_default_scope(cfg.get('default_scope', 'jaguar_mm'))
    set_random_seed((cfg.get('randomness') or {}).get('seed') or 0)
    model = MODELS.build(cfg.model if checkpoint == 'none' else without_start_weights(cfg.model))
    check_colour_order(cfg, model, [loader])
    if checkpoint == 'none':
        model.init_weights()
    else:
        loaded = CheckpointLoader.load_checkpoint(checkpoint, 'cpu')
        load_to_embed(model, loaded, checkpoint)
        keep_contract(loaded.get('meta') or {}, cfg, loader, action_of(cfg))
    return on_device(model, chosen_device()).eval()
