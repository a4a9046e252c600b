"""Networks in plain torch and timm: from images to embeddings. Needs nothing of OpenMMLab."""

from jaguar_mm.networks.bnneck import BNNeck
from jaguar_mm.networks.concatenate import Concatenate
from jaguar_mm.networks.embedding_network import EmbeddingNetwork, build_network, weights_digest
from jaguar_mm.networks.gem import GeM, gem
from jaguar_mm.networks.lora import LoRAFeatures
from jaguar_mm.networks.pooling import AveragePooling
from jaguar_mm.networks.processor import chosen_device, has_bfloat16, on_device, settle_on_cpu
from jaguar_mm.networks.timm_features import TimmFeatures
from jaguar_mm.networks.timm_network import create_network
from jaguar_mm.networks.timm_pooling import TimmPooling
from jaguar_mm.networks.tta import EmbeddingTTA

__all__ = [
    'AveragePooling',
    'BNNeck',
    'Concatenate',
    'EmbeddingNetwork',
    'EmbeddingTTA',
    'GeM',
    'LoRAFeatures',
    'TimmFeatures',
    'TimmPooling',
    'build_network',
    'chosen_device',
    'create_network',
    'gem',
    'has_bfloat16',
    'on_device',
    'settle_on_cpu',
    'weights_digest',
]
