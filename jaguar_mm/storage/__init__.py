"""What is kept on the disk: whole files, sealed arrays, parts of long jobs, sets of embeddings. Needs NumPy alone."""

from jaguar_mm.storage.batches import Batches
from jaguar_mm.storage.embedding_file import check_ending, load_embeddings, save_embeddings, write_table
from jaguar_mm.storage.embedding_set import EmbeddingSet, check_vectors, join
from jaguar_mm.storage.ensemble import ensemble
from jaguar_mm.storage.files import csv_text, file_digest, whole_file, write_whole
from jaguar_mm.storage.fingerprint import EncoderFingerprint, canonical, check_same_encoder
from jaguar_mm.storage.sealed import read_sealed, write_sealed

__all__ = [
    'Batches',
    'EmbeddingSet',
    'EncoderFingerprint',
    'canonical',
    'check_ending',
    'check_same_encoder',
    'check_vectors',
    'csv_text',
    'ensemble',
    'file_digest',
    'join',
    'load_embeddings',
    'read_sealed',
    'save_embeddings',
    'whole_file',
    'write_sealed',
    'write_table',
    'write_whole',
]
