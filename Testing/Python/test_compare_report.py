"""Tables, drawings and the report of a comparison: numbers by other formulas, colours where they belong, no network."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from RayEmbRegistrationLib.evaluation.comparison.figures import CYAN, MAGENTA, ShownCase, landmarks_picture, last_try, spread
from RayEmbRegistrationLib.evaluation.comparison.records import LOST, Record
from RayEmbRegistrationLib.evaluation.comparison.table import table_rows, write_registrations, write_table
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors
from RayEmbRegistrationLib.evaluation.report.charts import box_plot, reliability
from RayEmbRegistrationLib.evaluation.report.summary import summary_lines
from RayEmbRegistrationLib.evaluation.report.svg import Axis, Chart, error_axis
from RayEmbRegistrationLib.evaluation.report.write import FigureRow, write_report
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap
from scipy.stats import spearmanr

METHODS = ("rayemb", "search")


def record(group, case, method, mtre, start=None, **more):
    errors = LOST if mtre is None else PoseErrors(mtre, 0.4 * mtre, 0.3 * mtre, 0.2 * mtre, 0.1 * mtre, -0.9 * mtre, mtre)
    problem = "no pose & <b>nothing</b>" if mtre is None else ""
    quality = {} if mtre is None else {"trusted": mtre < 3, "expected_mtre_mm": 1.1 * mtre**0.9, "expected_from": "x"}
    return Record(
        f"{case}/{method}", "", group, group, case, method, start, problem, errors, quality=quality, seconds=2.0, **more
    )


@pytest.fixture
def records():
    rng = np.random.default_rng(0)
    found = []
    for group, count in (("first", 40), ("second <1>", 24)):
        for case in range(count):
            for method, scale in zip(METHODS, (2.0, 1.0), strict=True):
                lost = method == "rayemb" and case < 3
                found.append(record(group, f"case{case}", method, None if lost else float(scale * rng.lognormal(0, 0.8))))
    return found


def started(count=40):
    """Right from below 10 mm and wrong from above."""
    return [
        record("first", f"case{n}", "start", 0.5 if n < count / 2 else 30.0, n, initial_mtre_mm=20 * n / count)
        for n in range(count)
    ]


def test_table_by_plain_numbers(records):
    rows = {(row.group, row.method): row for row in table_rows([*records, *started()])}
    assert list(rows) == [(g, m) for g in ("first", "second <1>", "all") for m in METHODS]
    errors = np.array([r.errors.mtre_mm for r in records if r.method == "rayemb"])
    row = rows["all", "rayemb"]
    assert (row.count, row.failed) == (64, 6)
    assert row.mtre_mm == tuple(np.sort(errors)[[15, 31, 47, 60]])  # ranks 16, 32, 48 and 61 of 64
    assert [share for share, _ in row.gross] == [np.mean(errors > 10), np.mean(errors > 5)]
    assert [share for share, _ in row.success] == [np.mean(errors < 1), np.mean(errors < 2)]
    assert row.success_by_mrpd == np.mean(0.3 * errors < 2)
    assert row.medians[2] == pytest.approx(0.9 * row.mtre_mm[1])
    assert row.median_interval[0] < row.mtre_mm[1] < row.median_interval[1]
    for share, (low, high) in (*row.gross, *row.success):
        assert low <= share <= high
        assert high - low == pytest.approx(3.92 * np.sqrt(share * (1 - share) / 64), abs=0.06)


def test_in_short_says_what_the_records_say(records):
    (best, words), (other, _) = summary_lines(table_rows(records), records)
    own = [r for r in records if r.method == "search"]
    wrong_but_trusted = [r for r in own if r.trusted and r.errors.mtre_mm > 5]
    assert (best, other) == ("search", "rayemb")
    assert f"within 2 mm in {100 * np.mean([r.errors.mtre_mm < 2 for r in own]):.1f} % of 64 registrations" in words
    assert f"It trusted {sum(r.trusted for r in own)} of them, none of which were wrong" in words
    assert not wrong_but_trusted
    found = [r for r in records if r.method == "rayemb" and not r.failed]
    lying = [replace(r, quality=r.quality | {"trusted": True}) for r in found]
    wrong = sum(r.errors.mtre_mm > 5 for r in found)
    assert wrong > 1
    assert f"trusted 58 of them, {wrong} of which were" in summary_lines(table_rows(lying), lying)[0][1]


def test_csv_files(records, tmp_path):
    write_table(tmp_path / "table.csv", table_rows(records))
    write_registrations(tmp_path / "registrations.csv", records)
    table, lines = (list(csv.DictReader((tmp_path / f"{n}.csv").open())) for n in ("table", "registrations"))
    assert [line["n"] for line in table] == ["40", "40", "24", "24", "64", "64"]
    assert float(table[5]["success2"]) == pytest.approx(
        np.mean([float(line["mtre_mm"]) < 2 for line in lines if line["method"] == "search"]), abs=1e-4
    )
    assert [line["mtre_mm"] for line in lines[:2]] == ["", f"{records[1].errors.mtre_mm:.4f}"]
    assert lines[0]["problem"] == "no pose & <b>nothing</b>"


class References(HTMLParser):
    """Everything that a browser would load, and all text."""

    def __init__(self):
        super().__init__()
        self.found, self.text = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        assert tag not in ("script", "link", "iframe", "object", "embed", "base"), f"<{tag}> in the report"
        self.found += [values[name] for name in ("src", "href", "srcset", "data", "xlink:href") if name in values]

    def handle_data(self, data):
        self.text.append(data)


def test_report_opens_without_a_network(records, tmp_path):
    picture = np.full((30, 40, 3), (200, 30, 90), np.uint8)
    figures = [FigureRow("case <1>", "search", "mTRE 1 mm", picture, picture)]
    write_report(tmp_path / "report.html", [*records, *started()], figures, ["a note & more"])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = References()
    page.feed(text)
    assert len(page.found) == 2
    assert all(reference.startswith("data:image/jpeg;base64,") for reference in page.found)
    assert not re.search(r"https?:|url\(|@import|//[a-z]", text.replace(page.found[0], ""))
    words = " ".join(page.text)
    for expected in ("second <1>", "no pose & <b>nothing</b>", "a note & more", "case <1>", "Capture range", "all together"):
        assert expected in words
    assert "<b>" not in text
    assert text.count("<svg") == text.count("</svg>") == 2 + 1 + 2  # box plot and shares, capture range, reliability
    assert "10.00" in words  # the capture range: up to there 20 of 21 succeed, which are 95 %
    sure = [replace(r, quality=r.quality | {"probability_below_2mm": 0.96}) for r in records if r.method == "search"]
    write_report(tmp_path / "sure.html", sure)
    page = References()
    page.feed((tmp_path / "sure.html").read_text(encoding="utf-8"))
    right = f"{100 * np.mean([r.errors.mtre_mm < 2 for r in sure]):.1f}"
    assert page.text[page.text.index("of these right %") :].count(right) == 1
    with pytest.raises(ValueError, match="nothing to report"):
        write_report(tmp_path / "none.html", [])


def test_reliability_by_scipy(records):
    rng = np.random.default_rng(1)
    noisy = [
        replace(r, quality={"trusted": True, "expected_mtre_mm": r.errors.mtre_mm * rng.lognormal(0, 1)})
        for r in records
        if not r.failed
    ]
    expected = [r.quality["expected_mtre_mm"] for r in noisy]
    actual = [r.errors.mtre_mm for r in noisy]
    found = reliability([*noisy, *(r for r in records if r.failed)])
    assert found.count == len(noisy)
    assert found.rank_correlation == pytest.approx(spearmanr(expected, actual).statistic)
    assert found.below == np.mean(np.array(actual) < expected)


def test_axes_put_values_where_they_say():
    chart = Chart(Axis(0, 20, "x"), Axis(0.1, 100, "y", logarithmic=True), (500, 300))
    left, bottom = chart.place(0, 0.1)
    right, top = chart.place(20, 100)
    assert chart.place(10, 1)[0] == pytest.approx((left + right) / 2)
    assert chart.place(10, 1)[1] == pytest.approx(bottom - (bottom - top) / 3)
    assert [text for _, text in Axis(0, 20).all_ticks()] == ["0", "5", "10", "15", "20"]
    axis = error_axis([0.3, 42.0, float("inf")], "mm")
    assert (axis.low, axis.high) == (0.1, 100.0)


def test_boxes_lie_at_the_quartiles():
    values = [*np.linspace(1, 9, 9), float("inf")]
    svg = box_plot({"one": {"search": values}}, ["search"])
    top, height = (float(re.search(rf'<rect [^>]*{name}="([0-9.]+)"', svg)[1]) for name in (" y", "height"))
    chart = Chart(Axis(0, 1), Axis(1, 10, logarithmic=True), (420, 400))
    assert chart.place(0, 8)[1] == pytest.approx(top, abs=0.1)  # the 8th of 10
    assert chart.place(0, 3)[1] == pytest.approx(top + height, abs=0.2)
    assert "+1" in svg


def test_landmarks_are_drawn_where_they_project():
    camera, truth = default_camera(200), pose_from_ap(np.zeros(3), np.array([10.0, 5, 3]), np.array([0.0, 0, 750]))
    points = np.array([[60.0, 0, 40], [-60, 0, -40], [0, 20, 0], [40, -20, -50]])
    found = RigidTransform(truth.rotation, truth.translation + np.array([15.0, 0, 0]))
    picture = landmarks_picture(ShownCase("", np.zeros((200, 200)), camera, truth, points), found, 400)
    scaled = camera.resample(400, 400)
    for pose, color, radius in ((truth, MAGENTA, 5), (found, CYAN, 0)):
        for u, v in scaled.project(pose.apply(points)):
            near = picture[round(v) - 1 : round(v) + 2, round(u + radius) - 1 : round(u + radius) + 2].reshape(-1, 3)
            assert np.abs(near.astype(int) - color).sum(axis=1).min() < 60
    without = landmarks_picture(ShownCase("", np.zeros((200, 200)), camera, truth, points), None, 400)
    assert np.abs(without.astype(int) - CYAN).sum(axis=2).min() > 100


def test_a_path_begins_where_the_last_try_did():
    points = np.array([[60.0, 0, 40], [-60, 0, -40]])
    path = [RigidTransform(np.eye(3), np.array([x, 0.0, 700])) for x in (0, 5, 100, 104, 105)]
    assert last_try(path, points, has_start=False) == path[2:]
    assert last_try(path, points, has_start=True) == [path[0], *path[2:]]
    assert last_try(path[2:], points, has_start=True) == path[2:]
    assert last_try(path[:1], points, has_start=False) == path[:1]


def test_chosen_landmarks_are_spread():
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3)
    chosen = spread(grid, 8)
    gaps = np.linalg.norm(chosen[:, None] - chosen[None], axis=-1)
    assert gaps[gaps > 0].min() > 3.5
    assert len(spread(grid[:5], 8)) == 5
