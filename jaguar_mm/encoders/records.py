"""What is to be embedded, as records: one dict an image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jaguar_mm.images import content_fingerprint
from jaguar_mm.images.embedded import CONTENT, PATH
from jaguar_mm.storage.embedding_set import Value

Record = Mapping[str, Any]  # image_name, img_path or image (an array), and whatever else is known of it
SCALARS = (str, int, float, bool, type(None))
INTERNAL = ('image_name', 'img_path', 'gt_label', 'sample_idx')  # fields of a record that are no columns


def records_of(images: Any, names: Sequence[str] | None = None) -> list[Record]:
    """Return records of files, arrays, records or a data set.

    Args:
        images: The images, at least one.
        names: What to call them instead.

    Raises:
        ValueError: If there are none, a name comes twice, or there are not as many names.
    """
    if hasattr(images, 'get_data_info'):  # a data set of OpenMMLab
        given = [images.get_data_info(place) for place in range(len(images))]
    else:
        given = [images] if isinstance(images, str | os.PathLike) else list(images)
    if not given:
        raise ValueError('there are no images to embed')
    records = [_record(image, place) for place, image in enumerate(given)]
    if names is not None:
        records = [{**record, 'image_name': str(name)} for record, name in zip(records, names, strict=True)]
    seen: set[str] = set()
    for name in names_of(records):
        if name in seen:
            raise ValueError(f'the image {name!r} comes twice; embed it once, or give names of their own')
        seen.add(name)
    return records


def with_content(records: Sequence[Record]) -> list[Record]:
    """Return records of files with what tells their content from others, None for a file that cannot be read."""
    return [{**record, CONTENT: _content(record['img_path'])} for record in records]


def names_of(records: Sequence[Record]) -> list[str]:
    """Return the names of the images (N,)."""
    return [record['image_name'] for record in records]


def columns_of(records: Sequence[Record]) -> dict[str, list[Value]]:
    """Return every column of texts and numbers that a record has; None where another one has none."""
    known = {
        field: None
        for record in records
        for field, value in record.items()
        if field not in INTERNAL and isinstance(value, SCALARS)
    }
    columns = {field: [record.get(field) for record in records] for field in known}
    if all('img_path' in record for record in records):
        columns[PATH] = [os.path.abspath(record['img_path']) for record in records]  # found from any folder
    return {field: values for field, values in columns.items() if any(value is not None for value in values)}


def _content(path: str) -> str | None:
    try:
        return content_fingerprint(path)
    except OSError:
        return None  # who reads the image says why


def _record(image: Any, place: int) -> Record:
    if isinstance(image, Mapping):
        return image
    if isinstance(image, np.ndarray):
        return {'image_name': f'image {place}', 'image': image}
    return {'image_name': os.fspath(image), 'img_path': os.fspath(image)}
