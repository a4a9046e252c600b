"""Embeddings made before, so that twenty new images among thousands cost twenty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from jaguar_mm.encoders.encoder import Encoder
from jaguar_mm.encoders.records import Record, columns_of, names_of
from jaguar_mm.images.embedded import CONTENT
from jaguar_mm.storage import EmbeddingSet, check_same_encoder, join


class Known:
    """Images that an encoder has embedded before, told by name and content.

    Args:
        earlier: The embeddings, by the name of their file.
        encoder: What embeds the others.

    Raises:
        ValueError: If the embeddings come from another encoder or are of another precision, or the content of their
            images is not on record.
    """

    def __init__(self, earlier: Mapping[str, EmbeddingSet], encoder: Encoder) -> None:
        check_same_encoder({'the model': encoder.fingerprint, **{name: each.encoder for name, each in earlier.items()}})
        precision = encoder.fingerprint.precision
        for file, each in earlier.items():
            if each.encoder and each.encoder.precision != precision:
                raise ValueError(
                    f'{file}: was embedded in {each.encoder.precision} precision, the other images would be in '
                    f'{precision}; embed these as those (--amp, test_cfg.fp16), or all of them anew'
                )
        self.sets = list(earlier.values())
        self.places: dict[tuple, tuple[int, int]] = {}
        for number, (file, each) in enumerate(earlier.items()):
            if CONTENT not in each.columns:
                raise ValueError(f'{file}: does not tell the content of its images; embed them anew')
            for row, key in enumerate(zip(each.names, each.columns[CONTENT], strict=True)):
                if key[1] is not None:
                    self.places[key] = number, row

    def missing(self, records: Sequence[Record]) -> list[Record]:
        """Return the records whose images are not known, or have changed."""
        return [record for record in records if _key(record) not in self.places]

    def joined(self, records: Sequence[Record], new: EmbeddingSet | None) -> EmbeddingSet:
        """Return known and new embeddings as one set in the order of the records, with the columns of these.

        Args:
            records: All images.
            new: The embeddings of the missing ones, without those that cannot be used; None if none was missing.
        """
        places = [self.places[_key(record)] for record in records if _key(record) in self.places]
        taken = [
            each.select([row for owner, row in places if owner == number]) for number, each in enumerate(self.sets)
        ]
        whole = join([each for each in (*taken, new) if each is not None and len(each)])
        row_of = {name: row for row, name in enumerate(whole.names)}
        used = [record for record in records if record['image_name'] in row_of]
        return replace(whole.select([row_of[name] for name in names_of(used)]), columns=columns_of(used))


def _key(record: Record) -> tuple:
    return record['image_name'], record[CONTENT]
