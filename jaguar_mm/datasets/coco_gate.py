"""The gate through which COCO files come in: their annotations, or one sentence that says what is wrong and where.

==============================================  ========================================================
In the file                                     Answer
==============================================  ========================================================
no JSON, not in UTF-8                           refused by line
``images`` or ``annotations`` missing           refused
an id missing or given twice                    refused by id
an image or category that is not there          refused by the annotation's id
file name that leads out of the folder          refused by the image's id, see :mod:`~jaguar_mm.datasets.names`
``width`` or ``height`` that is no number       refused by the annotation's id; 100.0 is 100
MegaDetector's output                           refused: it is another format
box that is not four numbers or has no area     refused by the annotation's id
box or polygon wholly outside the image         refused, if the image has ``width`` and ``height``
box or polygon partly outside the image         read, and cut at the image's edge
polygon of fewer than three points              refused by the annotation's id
neither box nor segmentation                    refused by the annotation's id
RLE that does not fit, mask that is empty       refused when the image is loaded, which costs less than to look here
==============================================  ========================================================
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jaguar_mm.datasets.coco_masks import FURTHEST, is_position, polygon_points
from jaguar_mm.datasets.names import check_names
from jaguar_mm.storage.csv_gate import Row, TableError, find_flaw


class Annotation(NamedTuple):
    """One animal in one image.

    Attributes:
        key: Its id.
        file_name: The image.
        size: Width and height of the image in pixels, None if the file does not say.
        bbox: Left, top, width and height in pixels, None if there is only a segmentation.
        segmentation: See :func:`~jaguar_mm.datasets.coco_masks.decode_mask`, None if there is only a box.
        fields: Everything that is said of it by name: its own fields, its ``attributes``, the name of its
            ``category`` and what the image has.
    """

    key: int | str
    file_name: str
    size: tuple[int, int] | None
    bbox: list[float] | None
    segmentation: list | dict | None
    fields: dict[str, Any]


def read_annotations(path: str | os.PathLike) -> list[Annotation]:
    """Read a COCO file.

    Returns:
        The annotations in the file's order, at least one.

    Raises:
        FileNotFoundError: If the file is absent.
        TableError: If it is no such file.
    """
    content = _content(path)
    if 'detection_categories' in content:
        raise TableError(
            f"{path}: is MegaDetector's output, which has no identities and no COCO annotations; convert its boxes "
            f'(MegaDetector brings a converter), and add an identity to each'
        )
    images = _by_id(path, content.get('images'), 'image')
    categories = _by_id(path, content.get('categories') or [], 'category')
    found = _by_id(path, content.get('annotations'), 'annotation')
    if not found:
        raise TableError(f'{path}: has no annotations')
    for key, image in images.items():
        if not isinstance(image.get('file_name'), str) or not image['file_name']:
            raise TableError(f'{path}: image {key!r} has no file_name')
        if flaw := find_flaw(image['file_name']):
            raise TableError(f'{path}: image {key!r}: file_name {image["file_name"]!r} has {flaw}; remove it')
    check_names(path, [Row(key, image) for key, image in images.items()], 'file_name', unit='image')
    annotations = []
    for key, entry in found.items():
        try:
            annotations.append(_annotation(key, entry, images, categories))
        except ValueError as error:
            raise TableError(f'{path}: annotation {key!r}: {error}') from error
    return annotations


def _content(path: str | os.PathLike) -> dict:
    if not os.path.isfile(path):
        raise FileNotFoundError(f'{path}: no such file of annotations; check data_root and ann_file')
    try:
        content = json.loads(Path(path).read_bytes().decode('utf-8-sig'))
    except json.JSONDecodeError as error:
        raise TableError(f'{path}: line {error.lineno}: not a JSON file ({error.msg})') from error
    except (ValueError, RecursionError) as error:
        raise TableError(f'{path}: not a COCO file in UTF-8 ({error})') from error
    if not isinstance(content, dict):
        raise TableError(f"{path}: not a COCO file: it has no 'images' and 'annotations'")
    return content


def _by_id(path: str | os.PathLike, entries: object, kind: str) -> dict[int | str, dict]:
    """Return the entries of one list by their ids."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TableError(f'{path}: not a COCO file: it has no list of {kind} entries')
    found: dict[int | str, dict] = {}
    for place, entry in enumerate(entries):
        key = entry.get('id')
        if type(key) not in (int, str):
            raise TableError(f'{path}: {kind} entry {place} (from 0) has no id')
        if key in found:
            raise TableError(f'{path}: {kind} {key!r} comes twice; give each an id of its own')
        found[key] = entry
    return found


def _annotation(key: int | str, entry: dict, images: Mapping, categories: Mapping) -> Annotation:
    """Check one annotation.

    Raises:
        ValueError: What is wrong with it.
    """
    image = _referred(entry, 'image_id', images)
    size = _size(image)
    bbox, segmentation = entry.get('bbox') or None, entry.get('segmentation') or None
    if bbox is None and segmentation is None:
        raise ValueError('has neither bbox nor segmentation')
    if bbox is not None:
        _check_box(bbox, size)
    if isinstance(segmentation, list):
        _check_polygons(segmentation, size)
    elif not isinstance(segmentation, dict | None):
        raise ValueError('its segmentation is neither polygons nor RLE')
    category = _referred(entry, 'category_id', categories) if categories and 'category_id' in entry else {}
    attributes = entry.get('attributes')
    inherited = image | {'category': category.get('name')} | (attributes if isinstance(attributes, dict) else {})
    return Annotation(key, image['file_name'], size, bbox, segmentation, inherited | entry)


def _size(image: Mapping) -> tuple[int, int] | None:
    """Return width and height of an image in pixels, None if one is not told."""
    sides = image.get('width'), image.get('height')
    if None in sides:
        return None
    if not all(type(side) in (int, float) and side % 1 == 0 and 0 < side <= FURTHEST for side in sides):
        raise ValueError(f'the width and height of its image, {str(sides)[:60]}, are no numbers of pixels')
    return int(sides[0]), int(sides[1])


def _referred(entry: dict, field: str, entries: Mapping) -> dict:
    """Return the entry that an annotation's field names by its id."""
    key = entry.get(field)
    if type(key) not in (int, str) or key not in entries:
        raise ValueError(f'its {field} {key!r} is not in the file')
    return entries[key]


def _check_box(bbox: object, size: tuple[int, int] | None) -> None:
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(map(is_position, bbox)) or min(bbox[2:]) <= 0:
        raise ValueError(f'its bbox {str(bbox)[:60]} is not [left, top, width, height] of a box with an area')
    left, top, width, height = bbox
    _check_extent('bbox', (left, top), (left + width, top + height), size)


def _check_polygons(polygons: list, size: tuple[int, int] | None) -> None:
    points = np.concatenate([polygon_points(polygon) for polygon in polygons])
    _check_extent('segmentation', points.min(0), points.max(0), size)


def _check_extent(what: str, first: tuple, last: tuple, size: tuple[int, int] | None) -> None:
    """Refuse what begins at ``first`` and ends at ``last``, each (x, y), if it shares no pixel with the image."""
    if size and (min(last) <= 0 or first[0] >= size[0] or first[1] >= size[1]):
        raise ValueError(f'its {what} lies outside the image of {size[0]} x {size[1]} pixels')
