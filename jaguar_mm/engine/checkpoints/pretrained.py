"""``init_cfg=dict(type='Pretrained', ...)``, as stock backbones take their weights: some of them must fit."""

from __future__ import annotations

from mmengine.model import PretrainedInit
from mmengine.runner import CheckpointLoader
from torch import nn

from jaguar_mm.engine.checkpoints.fitting import weights_of
from jaguar_mm.engine.checkpoints.seal import CheckpointError
from jaguar_mm.registry import WEIGHT_INITIALIZERS


@WEIGHT_INITIALIZERS.register_module(name='Pretrained')
class FittingPretrainedInit(PretrainedInit):
    """MMEngine's initialisation from a file, which goes on at random if nothing of the file fits."""

    def __call__(self, module: nn.Module) -> None:
        """Load what fits; MMEngine's log names what does not.

        Raises:
            CheckpointError: If no weight of the file has a name of the module's.
        """
        prefix = f'{self.prefix.rstrip(".")}.' if self.prefix else ''
        names = weights_of(CheckpointLoader.load_checkpoint(self.checkpoint, self.map_location))
        if not {name.removeprefix(prefix) for name in names if name.startswith(prefix)} & module.state_dict().keys():
            wanted = prefix + next(iter(module.state_dict()))
            raise CheckpointError(
                f'{self.checkpoint}: none of its weights fits the {type(module).__name__} that init_cfg fills; asked '
                f'for are names such as {wanted}, the file has {next(iter(names), "no weights")}: give the weights of '
                f'this network, or another init_cfg.prefix'
            )
        super().__call__(module)
