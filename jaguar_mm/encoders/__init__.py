"""From images to sets of embeddings, with the file of a published model alone. Needs nothing of OpenMMLab."""

from jaguar_mm.encoders.encoder import Encoder
from jaguar_mm.encoders.load import load_encoder
from jaguar_mm.encoders.preprocessing import Preprocessing

__all__ = ['Encoder', 'Preprocessing', 'load_encoder']
