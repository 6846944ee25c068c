"""The Monte Carlo beside AAPM report 195: the geometry of Testing/bench/published.py, with fewer photons."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("one_thread")
SIGMAS, LEAST = 3.0, 0.002  # standard errors; and twice the spread of the report's four codes about their mean


@pytest.mark.parametrize("case", ["radiography", "tomosynthesis"])
def test_energy_left_in_a_slab_is_that_of_report_195(case, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[1] / "bench"))
    import published

    ours, errors = published.energies(case, 200_000)
    theirs = np.array(published.PUBLISHED_EV[case])
    assert errors[0] / ours[0] < LEAST, "an error of the slab as small as the codes' differences"
    assert np.abs(ours[0] - theirs[0]) < SIGMAS * errors[0]
    # Nine cubes that few photons reach: their deviations together are chi square's, of whose tail a thousandth is 27.9.
    assert ((ours - theirs)[1:] ** 2 / errors[1:] ** 2).sum() < 27.9
    asymmetry = ours[1] - ours[5]
    expected = theirs[1] - theirs[5]
    assert abs(asymmetry - expected) < SIGMAS * np.hypot(errors[1], errors[5])
