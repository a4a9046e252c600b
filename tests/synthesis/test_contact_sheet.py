import numpy as np
import pytest

from jaguar_mm.synthesis import CompetitionSpec, contact_sheet
from jaguar_mm.synthesis.contact_sheet import GAP, LABEL, TILE


@pytest.mark.parametrize(('rows', 'columns'), [(1, 2), (2, 3)])
def test_one_row_for_each_animal(rows, columns):
    spec = CompetitionSpec(identities=3, train_per_identity=4, test_per_identity=0, size=96, burst_length=1.0)
    sheet = contact_sheet(spec, rows, columns)
    assert sheet.shape == (rows * (TILE[1] + GAP + LABEL), columns * (TILE[0] + GAP), 3)
    labels = sheet.reshape(rows, TILE[1] + GAP + LABEL, -1, 3)[:, :LABEL]
    assert (labels < 128).any((1, 2, 3)).all()
    assert (sheet < 250).mean() > 0.4


def test_columns_without_a_burst_stay_white():
    spec = CompetitionSpec(identities=1, train_per_identity=2, test_per_identity=0, size=96, burst_length=1.0)
    sheet = contact_sheet(spec, 4, 3)
    assert (np.hsplit(sheet, 3)[2][LABEL:] == 255).all()
