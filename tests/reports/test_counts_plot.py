import io

import pytest

from jaguar_mm.reports.counts_plot import UNNAMED, plot_counts

PARTS = {
    'train': [('Lua', 'g1'), ('Lua', 'g1'), ('Lua', None), ('Ti', 'g2'), (None, 'g2')],
    'val': [('Ti', 'g3'), ('Abril', None)],
    'test': [(None, None), (None, None)],
}


def bars(figure):
    """Bars of each part: (individual, start, width) of those with images."""
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    return [
        [(names[i], bar.get_x(), bar.get_width()) for i, bar in enumerate(part) if bar.get_width()]
        for part in axes.containers
    ]


def test_bars_are_stacked_and_sorted():
    figure = plot_counts(PARTS)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ['Abril', 'Ti', 'Lua']
    assert bars(figure) == [[('Ti', 0, 1), ('Lua', 0, 3)], [('Abril', 0, 1), ('Ti', 1, 1)], []]
    assert figure.axes[0].get_title() == '6 images of 3 individuals'
    (legend,) = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    parts = ['train: 4, 1 more of unknown', 'val: 2', 'test: 0, 2 more of unknown']
    assert sorted(texts) == sorted([*parts, 'groups of near-duplicates'])


def test_dots_count_groups_and_images_without_one():
    (dots,) = plot_counts(PARTS).axes[0].lines
    assert list(dots.get_xdata()) == [1, 2, 2]
    without = {part: [(identity, None) for identity, _ in images] for part, images in PARTS.items()}
    assert not plot_counts(without).axes[0].lines


def test_many_individuals_and_odd_names_are_drawn():
    figure = plot_counts({'train': [(f'${number}$^', None) for number in range(5000)]})
    assert figure.get_figheight() == UNNAMED
    assert not figure.axes[0].get_yticklabels()
    content = io.BytesIO()
    plot_counts({'train': [('$\\frac{$', None), ('é_ß', None)]}).savefig(content, format='png')
    assert content.getvalue().startswith(b'\x89PNG')


def test_images_of_nobody_cannot_be_counted():
    with pytest.raises(ValueError, match='no image has an identity'):
        plot_counts({'train': [], 'test': [(None, None)]})
