"""Annotated animals of a COCO file as a data set."""

from __future__ import annotations

from collections.abc import Sequence

from jaguar_mm.datasets.coco_gate import Annotation, read_annotations
from jaguar_mm.datasets.identity_dataset import Contents
from jaguar_mm.datasets.names import check_labels
from jaguar_mm.datasets.split_dataset import SplitDataset
from jaguar_mm.datasets.transforms import CropToAnnotation
from jaguar_mm.registry import DATASETS
from jaguar_mm.retrieval.columns import is_unknown
from jaguar_mm.storage.csv_gate import Row, TableError, find_flaw
from jaguar_mm.storage.unknown import known_columns


@DATASETS.register_module()
class CocoReID(SplitDataset):
    """Animals that a COCO file outlines by boxes, polygons or run lengths; each annotation is one sample.

    Its ``image_name`` is ``file_name#id``, with the annotation's id. It carries its ``annotation``, by which
    :class:`~jaguar_mm.datasets.transforms.CropToAnnotation` cuts it out: that step has to follow ``LoadRGBA``. Its
    ``group`` is the file unless ``groups`` gives another one, so that no split parts the animals of one image.

    A field is looked up in the annotation, in its ``attributes``, and in its image; ``category`` is the name of its
    category. An animal whose identity is missing, null, NaN or empty is of unknown identity and of no class.

    The kind ``other`` of :class:`~jaguar_mm.datasets.transforms.AlphaMask` knows files, not annotations: what it takes
    from a file without alpha is the mean colour.

    Args:
        ann_file: The COCO file; its file names are relative to ``data_prefix``.
        identity_field: Field that becomes ``identity``.
        flank_field: Field that becomes ``flank``; an animal without a value has none.
        encounter_field: Field that becomes ``encounter``, likewise.
        kwargs: See :class:`SplitDataset`; names in ``groups`` are those of the files. ``classes`` default to the sorted
            identities of the whole file, so that both subsets agree.

    Raises:
        ValueError: If the pipeline would show the whole image.
    """

    def __init__(
        self,
        ann_file: str = 'annotations.json',
        *,
        identity_field: str = 'identity',
        flank_field: str | None = None,
        encounter_field: str | None = None,
        pipeline: Sequence = (),
        **kwargs,
    ) -> None:
        self.fields = {'identity': identity_field, 'flank': flank_field, 'encounter': encounter_field}
        super().__init__(ann_file, pipeline=pipeline, **kwargs)
        steps = self.pipeline.transforms
        if steps and not any(isinstance(step, CropToAnnotation) for step in steps):
            raise ValueError(
                f'{self.ann_file}: each sample is one annotation, but no step cuts it out of its image; add '
                f"dict(type='CropToAnnotation') to the pipeline, after LoadRGBA"
            )

    def read_whole(self) -> Contents:
        """Read the file.

        Raises:
            TableError: If a field occurs in no annotation or has a value that cannot be a name.
        """
        annotations = read_annotations(self.ann_file)
        for key, field in self.fields.items():
            if field and not any(field in annotation.fields for annotation in annotations):
                known = sorted({name for annotation in annotations for name in annotation.fields})
                raise TableError(f'{self.ann_file}: no annotation has {field!r} of {key}_field, only {known}')
        fields = {key: field for key, field in self.fields.items() if field}
        named = {key: [self._name(annotation, field) for annotation in annotations] for key, field in fields.items()}
        known = known_columns(self.ann_file, named, self.unknown, 'annotations')
        values = [dict(zip(known, row, strict=True)) for row in zip(*known.values(), strict=True)]
        records = [_record(*pair) for pair in zip(annotations, values, strict=True)]
        for key in self.fields:
            rows = [Row(record['annotation']['id'], record) for record in records if record.get(key)]
            check_labels(self.ann_file, rows, key, unit='annotation')
        classes = sorted({record['identity'] for record in records} - {None})
        return Contents(records, classes, {'all': [record['image_name'] for record in records]})

    def _name(self, annotation: Annotation, field: str) -> str | None:
        """Return the value of a field as a text, None if there is none."""
        value = annotation.fields.get(field)
        if is_unknown(value):
            return None
        place = f'{self.ann_file}: annotation {annotation.key!r}: {field} {value!r}'
        if type(value) not in (int, str):
            raise TableError(f'{place} is neither a text nor a whole number')
        if flaw := find_flaw(str(value)):
            raise TableError(f'{place} has {flaw}; remove it')
        return str(value)


def _record(annotation: Annotation, names: dict[str, str | None]) -> dict:
    """Return one animal's record; a key other than the identity whose value is unknown is left out."""
    identity = names.pop('identity')
    return {
        'image_name': f'{annotation.file_name}#{annotation.key}',
        'file_name': annotation.file_name,
        'identity': identity,
        'class_name': identity,
        'group': annotation.file_name,
        'annotation': {
            'id': annotation.key,
            'bbox': annotation.bbox,
            'segmentation': annotation.segmentation,
            'size': annotation.size,
        },
    } | {key: name for key, name in names.items() if name}
