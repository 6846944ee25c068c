"""Tables, drawings and the report of a comparison: numbers by other formulas, colours where they belong, no network."""

import csv
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch
from RayEmbRegistrationLib.command_line.main import main
from RayEmbRegistrationLib.evaluation.comparison.figures import (
    CYAN,
    MAGENTA,
    ShownCase,
    _caption,
    landmarks_picture,
    last_try,
    spread,
)
from RayEmbRegistrationLib.evaluation.comparison.records import LOST, Record
from RayEmbRegistrationLib.evaluation.comparison.table import table_rows, write_registrations, write_table
from RayEmbRegistrationLib.evaluation.metrics import PoseErrors
from RayEmbRegistrationLib.evaluation.report.charts import box_plot, share_curves
from RayEmbRegistrationLib.evaluation.report.drawing import PALETTE, Drawing, error_limits, svg_of
from RayEmbRegistrationLib.evaluation.report.summary import summary_lines
from RayEmbRegistrationLib.evaluation.report.trust import trust_of
from RayEmbRegistrationLib.evaluation.report.trust_charts import Said, reliability
from RayEmbRegistrationLib.evaluation.report.write import FigureRow, write_report
from RayEmbRegistrationLib.geometry import RigidTransform
from RayEmbRegistrationLib.problems import InputProblem
from RayEmbRegistrationLib.simulation.cases import default_camera, pose_from_ap
from scipy.stats import spearmanr

METHODS = ("rayemb", "search")


def record(group, case, method, mtre, start=None, **more):
    errors = LOST if mtre is None else PoseErrors(mtre, 0.4 * mtre, 0.3 * mtre, 0.2 * mtre, 0.1 * mtre, -0.9 * mtre, mtre)
    problem = "no pose & <b>nothing</b>" if mtre is None else ""
    quality = {} if mtre is None else said(mtre)
    return Record(
        f"{case}/{method}", "", group, group, case, method, start, problem, errors, quality=quality, seconds=2.0, **more
    )


def said(mtre):
    """Trusted for either purpose up to errors of 3 mm in space; what is drawn is off by 0.3 of that."""
    verdicts = {
        "overlay": {"expected_mm": 0.33 * mtre**0.9, "bound_mm": mtre**0.9, "tolerance_mm": 1.0, "probability": 0.96},
        "position": {"expected_mm": 1.1 * mtre**0.9, "bound_mm": 1.3 * mtre**0.9, "tolerance_mm": 5.0, "probability": 0.5},
    }
    about = {"trusted": mtre < 3, "reason": "because", "wrong": 0.01}
    verdicts = {purpose: about | numbers for purpose, numbers in verdicts.items()}
    return {"trusted": mtre < 3, "expected_mtre_mm": 1.1 * mtre**0.9, "expected_from": "x", "verdicts": verdicts}


def trusting(records):
    """The same, every verdict in favour."""
    found = []
    for one in records:
        verdicts = {purpose: said | {"trusted": True} for purpose, said in one.quality["verdicts"].items()}
        found.append(replace(one, quality=one.quality | {"trusted": True, "verdicts": verdicts}))
    return found


def before_two(records):
    """As records were when there was one verdict."""
    kept = ("trusted", "expected_mtre_mm", "expected_from")
    return [replace(r, quality={name: r.quality[name] for name in kept if name in r.quality}) for r in records]


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
    assert (best, other) == ("search", "rayemb")
    assert f"within 2 mm in {100 * np.mean([r.errors.mtre_mm < 2 for r in own]):.1f} % of 64 registrations" in words
    trusted = [r for r in own if r.trusted]
    assert (
        f"It trusted the overlay of {len(trusted)}, none of which were wrong by more than 1 mm, and the position of "
        f"{len(trusted)}, none of which were wrong by more than 5 mm. 2.00 s each."
    ) in words
    lying = trusting([r for r in records if r.method == "rayemb" and not r.failed])
    beside, away = (sum(r.errors.mrpd_mm > 1 for r in lying), sum(r.errors.mtre_mm > 5 for r in lying))
    assert 1 < away < beside
    ((_, words),) = summary_lines(table_rows(lying), lying)
    assert (
        f"the overlay of 58, {beside} of which were wrong by more than 1 mm, and the position of 58, {away} of which"
        in words
    )
    old = before_two(lying)
    ((_, words),) = summary_lines(table_rows(old), old)
    assert f"It trusted the position of 58, {away} of which were wrong by more than 5 mm. 2.00 s" in words


def test_trust_is_counted_for_either_purpose_by_plain_numbers(records):
    rows = {
        tuple(cell.text for cell in row[:2]): [cell.text for cell in row[2:]]
        for row in trust_of(records, METHODS).table.rows
    }
    assert list(rows) == [(m, p) for m in METHODS for p in ("overlay, under 1 mm", "position, under 5 mm")]
    own = [r for r in records if r.method == "rayemb"]
    for purpose, error, allowed, sure in (("overlay", "mrpd_mm", 1, True), ("position", "mtre_mm", 5, False)):
        found = [getattr(r.errors, error) for r in own if not r.failed]
        right = [value < allowed for value in found]
        trusted = [r.trusted for r in own if not r.failed]
        verdicts = [r.quality["verdicts"][purpose] for r in own if not r.failed]
        assert rows["rayemb", f"{purpose}, under {allowed} mm"] == [
            str(sum(trusted)),
            str(sum(t and not r for t, r in zip(trusted, right, strict=True))),
            str(sum(right)),
            str(sum(r and not t for t, r in zip(trusted, right, strict=True))),
            "1.00",
            f"{100 * np.mean([e < v['expected_mm'] for e, v in zip(found, verdicts, strict=True)]):.1f}",
            f"{100 * np.mean([e <= v['bound_mm'] for e, v in zip(found, verdicts, strict=True)]):.1f}",
            str(len(found) if sure else 0),
            f"{100 * np.mean(right):.1f}" if sure else "-",
        ]


def test_the_overlay_is_wrong_where_the_worst_view_is(records):
    one = next(r for r in records if not r.failed and r.errors.mtre_mm < 2)
    assert one.error_mm("overlay") == one.errors.mrpd_mm
    worse = replace(one, overlay_mm=1.5)
    assert (worse.error_mm("overlay"), worse.error_mm("position")) == (1.5, one.errors.mtre_mm)
    (row, _) = trust_of([worse], [worse.method]).table.rows
    assert [cell.text for cell in row[2:6]] == ["1", "1", "0", "0"]


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
    assert (lines[0]["trusted"], lines[0]["overlay_trusted"], lines[0]["overlay_error_mm"]) == ("False", "", "")
    assert (lines[1]["overlay_trusted"], lines[1]["overlay_tolerance_mm"]) == (str(records[1].trusted), "1.0000")
    assert lines[1]["overlay_error_mm"] == f"{records[1].errors.mrpd_mm:.4f}"
    assert lines[1]["position_error_mm"] == lines[1]["mtre_mm"]
    assert lines[1]["position_bound_mm"] == f"{records[1].quality['verdicts']['position']['bound_mm']:.4f}"
    write_registrations(tmp_path / "old.csv", before_two(records))
    old = list(csv.DictReader((tmp_path / "old.csv").open()))[1]
    assert (old["overlay_trusted"], old["position_trusted"]) == ("", str(records[1].trusted))


class References(HTMLParser):
    """Everything that a browser would load, and all text."""

    def __init__(self):
        super().__init__()
        self.found, self.text = [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        assert tag not in ("script", "link", "iframe", "object", "embed", "base"), f"<{tag}> in the report"
        found = [values[name] for name in ("src", "href", "srcset", "data", "xlink:href") if name in values]
        self.found += [reference for reference in found if not reference.startswith("#")]  # a part of the page itself

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
    assert not re.search(r"https?:|url\((?!#)|@import|//[a-z]", text.replace(page.found[0], ""))
    words = " ".join(page.text)
    for expected in ("second <1>", "no pose & <b>nothing</b>", "a note & more", "case <1>", "Capture range", "all together"):
        assert expected in words
    assert "<b>" not in text
    assert text.count("<svg") == text.count("</svg>") == 2 + 1 + 8  # box plot and shares, capture range, trust
    assert "10.00" in words  # the capture range: up to there 20 of 21 succeed, which are 95 %
    assert "rayemb, overlay: under 1 mm" in words
    assert "search, position: under 5 mm" in words
    write_report(tmp_path / "old.html", before_two(records))
    text = (tmp_path / "old.html").read_text(encoding="utf-8")
    assert text.count("<svg") == 2 + 2  # of one purpose, without a probability
    assert "position, under 5 mm" in text
    assert "overlay, under" not in text
    with pytest.raises(ValueError, match="nothing to report"):
        write_report(tmp_path / "none.html", [])


def test_reliability_by_scipy(records):
    rng = np.random.default_rng(1)
    actual = np.array([r.errors.mtre_mm for r in records if not r.failed])
    expected = actual * rng.lognormal(0, 1, len(actual))
    found = reliability(Said(expected, actual, actual < 3))
    assert found.count == len(actual)
    assert found.rank_correlation == pytest.approx(spearmanr(expected, actual).statistic)
    assert found.below == np.mean(actual < expected)
    assert reliability(Said(expected[:2], actual[:2], actual[:2] < 3)).count == 2


def test_axes_of_errors_end_at_decades():
    assert error_limits([0.3, 42.0, float("inf")]) == (0.1, 100.0)
    assert error_limits([]) == (0.1, 100.0)
    assert error_limits([1e-5, 3.0]) == (0.01, 10.0)
    axes = share_curves({"search": [0.3, 42.0, 700.0]}, ["search"])
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.1", "1", "10", "100", "1000"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]


def test_boxes_lie_at_the_quartiles_and_the_lost_are_counted():
    values = [*np.linspace(1, 9, 9), float("inf")]
    axes = box_plot({"one": {"search": values}}, ["search"])
    (box,) = [patch for patch in axes.patches if isinstance(patch, PathPatch)]
    heights = box.get_path().vertices[:, 1]
    assert (heights.min(), heights.max()) == (3, 8)  # the 3rd and the 8th of 10
    assert to_hex(box.get_edgecolor()) == PALETTE[0]
    ends = {float(y) for line in axes.lines for y in line.get_ydata()}
    assert {1.0, 5.0, 10.0} <= ends  # lower whisker, median, and the upper whisker at the axis' end
    assert [text.get_text() for text in axes.texts] == ["+1"]


def test_dots_are_those_beyond_the_whiskers():
    values = np.arange(1.0, 101.0)
    axes = box_plot({"one": {"search": values}}, ["search"])
    dots = sorted(float(y) for line in axes.lines if line.get_marker() == "o" for y in line.get_ydata())
    assert dots == [1, 2, 3, 4, 96, 97, 98, 99, 100]


def test_share_curves_rise_at_each_error_to_its_share():
    axes = share_curves({"search": [3.0, 1.0, float("inf"), 2.0]}, ["search"])
    (line,) = axes.lines
    assert line.get_xdata().tolist() == [1, 1, 2, 3, 10]
    assert line.get_ydata().tolist() == [0, 0.25, 0.5, 0.75, 0.75]
    assert line.get_drawstyle() == "steps-post"


def test_a_name_that_looks_like_a_formula_or_markup_stays_a_name():
    drawing = Drawing(box_plot({"a_1 $x^2$ <b>": {"search": [1.0, 2.0]}}, ["search"]), 'a "label" <i>')
    text = svg_of(drawing)
    assert "a_1 $x^2$ &lt;b&gt;" in text
    assert 'aria-label="a &quot;label&quot; &lt;i&gt;"' in text


def test_a_report_is_the_same_again_and_nobody_elses_settings_matter(records, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # whose state is everybody's
    write_report(tmp_path / "one.html", [*records, *started()])
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.grid": False, "lines.linewidth": 9}):
        settings = mpl.rcParams.copy()
        write_report(tmp_path / "two.html", [*records, *started()])
        assert mpl.rcParams.copy() == settings
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    named = re.findall(r' id="([^"]+)"', text)
    assert len(named) == len(set(named))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) <= set(named)


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_what_the_report_needs_is_seen_before_the_work(missing, records, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, missing, None)
    sentence = rf"the report needs {missing}; .* pip install 'rayemb-registration\[compare\]'"
    with pytest.raises(InputProblem, match=f"(?i){sentence}"):
        write_report(tmp_path / "report.html", records)
    arguments = ["compare", "--cases", str(tmp_path / "none"), "--output", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert not (tmp_path / "out").exists()


def test_a_scene_that_could_not_be_drawn_leaves_a_sentence(records, tmp_path):
    picture = np.zeros((30, 40, 3), np.uint8)
    figures = [FigureRow("case", "search", "mTRE 1 mm", picture, None, "the picture needs <VTK>")]
    write_report(tmp_path / "report.html", records, figures)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64,") == 1
    assert "the picture needs &lt;VTK&gt;" in text


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


def test_a_caption_says_what_was_said_of_either_purpose(records):
    right = next(r for r in records if not r.failed and r.errors.mtre_mm < 1)
    assert _caption(right).endswith(" mm, overlay trusted, position trusted")
    (old,) = before_two([replace(right, quality=right.quality | {"trusted": False})])
    assert _caption(old).endswith(" mm, position not trusted")
    assert _caption(records[0]) == "no pose (no pose & <b>nothing</b>)"


def test_chosen_landmarks_are_spread():
    grid = np.stack(np.meshgrid(*[np.arange(6.0)] * 3), axis=-1).reshape(-1, 3)
    chosen = spread(grid, 8)
    gaps = np.linalg.norm(chosen[:, None] - chosen[None], axis=-1)
    assert gaps[gaps > 0].min() > 3.5
    assert len(spread(grid[:5], 8)) == 5
