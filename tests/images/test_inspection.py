import hashlib

import numpy as np
import pytest
from PIL import Image

from jaguar_mm.images import all_findings, inspect_image, inspect_images

RNG = np.random.default_rng(0)


def write(path, alpha=None, **options):
    pixels = RNG.integers(0, 256, (6, 9, 3 if alpha is None else 4), dtype=np.uint8)
    if alpha is not None:
        pixels[..., 3] = alpha
    Image.fromarray(pixels).save(path, **options)
    return path


def half(low, high):
    return np.where(np.arange(9) < 4, low, high)


def kinds(report):
    return [finding.kind for finding in report.findings]


def test_a_sound_cut_out(tmp_path):
    path = write(tmp_path / 'a.png', half(0, 255))
    report = inspect_image(path)
    assert report.path == str(path)
    assert report.size == (9, 6)
    assert report.has_alpha
    assert report.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert report.findings == ()


@pytest.mark.parametrize(
    ('alpha', 'found'),
    [
        (None, ['no alpha']),
        (255, ['opaque alpha']),
        (0, ['empty mask']),
        (127, ['empty mask']),
        (128, []),
        (half(254, 255), []),
    ],
)
def test_what_alpha_outlines(tmp_path, alpha, found):
    assert kinds(inspect_image(write(tmp_path / 'a.png', alpha))) == found


@pytest.mark.parametrize(
    ('name', 'form', 'found'),
    [
        ('a.PNG', 'PNG', []),
        ('a.jpg', 'PNG', ['wrong ending']),
        ('a', 'PNG', ['wrong ending']),
        ('a.png', 'WEBP', ['wrong ending']),
        ('a.webp', 'WEBP', []),
        ('a.tiff', 'TIFF', []),
    ],
)
def test_the_name_should_tell_the_format(tmp_path, name, form, found):
    report = inspect_image(write(tmp_path / name, half(0, 255), format=form))
    assert kinds(report) == found
    if found:
        assert f'rename it to .{form.lower()}' in report.findings[0].advice


def test_a_broken_file_is_reported_not_raised(tmp_path):
    path = tmp_path / 'cut.png'
    path.write_bytes(write(path, 0).read_bytes()[:-20])
    for broken in (path, tmp_path / 'absent.png', tmp_path):
        report = inspect_image(broken)
        assert report.size is None
        assert not report.has_alpha
        (finding,) = report.findings
        assert finding.kind == 'broken'
        assert finding.what
        assert finding.advice
        assert str(tmp_path) not in finding.advice
    assert inspect_image(path).findings[0].what.startswith('the PNG is cut off')
    assert inspect_image(path).findings[0].advice == 'fetch or export it again'


def test_copies_are_found_but_not_among_broken_files(tmp_path):
    first = write(tmp_path / 'b.png', half(0, 255))
    paths = [first, tmp_path / 'a.png', write(tmp_path / 'c.png', half(0, 255)), tmp_path / 'd.png', tmp_path / 'e.png']
    paths[1].write_bytes(first.read_bytes())
    paths[3].touch()
    paths[4].touch()
    reports = list(inspect_images(paths, workers=2))
    assert [report.path for report in reports] == [str(path) for path in paths]
    assert reports == [inspect_image(path) for path in paths]
    findings = all_findings(reports)
    assert [(path, finding.kind) for path, finding in findings] == [
        (str(paths[1]), 'duplicate'),
        (str(paths[3]), 'broken'),
        (str(paths[4]), 'broken'),
    ]
    assert str(first) in findings[0][1].what
