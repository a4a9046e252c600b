"""A folder of images ranked by people who have no model: embedded by the built-in encoder, compared by their spots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jaguar_mm.cli.embedding import embed_records, folder_records
from jaguar_mm.encoders import load_encoder
from jaguar_mm.encoders.built_in import NAME as BUILT_IN
from jaguar_mm.encoders.records import names_of
from jaguar_mm.storage import load_embeddings

STAGES = [  # as the flag --stages takes them
    'LNBNN:masks=True',
    "LocalMatching:k=25,masks=True,stages=('raw','+LNBNN')",
]


def embeddings_beside(ranked: Path) -> Path:
    """Return where the embeddings of a folder are kept whose ranked file this is."""
    return ranked.with_name(f'{ranked.stem}_embeddings.safetensors')


def embed_folder(
    folder: Path, out: Path, *, animal_folders: bool = False, unknown: Sequence[str] | None = None
) -> dict[str, str]:
    """Embed what is new in a folder by the built-in encoder.

    Args:
        folder: The images.
        out: File of the embeddings; what an earlier call put into it is kept.
        animal_folders: Whether each folder in it holds one animal.
        unknown: Names of such folders that stand for nobody.

    Returns:
        The images that cannot be used, with the reason.

    Raises:
        ValueError: If the file holds embeddings of other images alone.
    """
    records = folder_records(folder, animal_folders=animal_folders, unknown=unknown)
    known = {str(out): load_embeddings(out)} if out.exists() else {}
    if known and not {*known[str(out)].names} & {*names_of(records)}:
        raise ValueError(
            f'{out}: holds embeddings of other images and would be overwritten; choose another --out, or remove it'
        )
    return embed_records(load_encoder(BUILT_IN), records, out, known=known, skip_unusable=True)[1]
