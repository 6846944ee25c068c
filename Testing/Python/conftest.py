"""What every test may need: where the repository is, and the real cases, where they are at hand."""

import ctypes
import errno
import os
import sys
from pathlib import Path

import pytest

# PySide loses thousands of references to True in a test of the panel; before Python 3.12, where True is immortal, the
# interpreter ends with "deallocating True" when the last is gone. So it gets more than can be lost, as if each were held.
if sys.version_info < (3, 12):
    ctypes.c_ssize_t.from_address(id(True)).value += 1 << 40

if "PYTEST_XDIST_WORKER" in os.environ:  # several processes share the cores: a thread each is fastest
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("LP_NUM_THREADS", "0")  # of Mesa, where it draws by the processor

# Before anything imports Triton: its interpreter runs the kernel of a graphics card on the processor.
os.environ.setdefault("TRITON_INTERPRET", "1")

LONGEST_FIRST = (
    "test_registration",
    "test_fresh_install",
    "test_panel_track",
    "test_panel_verdict",
    "test_panel_reconstruct",
    "test_module_logic",
    "test_tracking",
    "test_panel_monkey",
    "test_panel_virtual",
    "test_training_run",
    "test_docs",
    "test_panel_scene",
    "test_reconstruct",
    "test_panel_endurance",
    "test_widening",
    "test_panel_frames",
    "test_metal",
    "test_monte_carlo_xrays",
    "test_methods",
    "test_panel_targets",
    "test_panel_purpose",
    "test_plan",
    "test_prepare_training",
    "test_panel_arrivals",
    "test_implants",
    "test_quality",
    "test_panel",
    "test_track_start",
    "test_compare",
    "test_joint_judging",
)
"""Files of few and long tests: begun last, one of them would keep one process busy long after the others have ended. Of two
processes that begin, one alone compiles the projector; the other has no numba in its first file, and finds it compiled."""

# Before a file of tests imports them.
pytest.register_assert_rewrite("host_fixtures", "panel_entered", "panel_fixtures", "scene_fixtures")


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_data(repository) -> Path:
    """The folder of real CTs and X-rays beside the repository; tests that ask for it are skipped without it."""
    folder = repository.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real cases are not beside the repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def booted_host():
    """The host that runs modules without Slicer; tests that ask for it are skipped where its packages are not installed."""
    pytest.importorskip("slicer", reason="slicer-core is not installed")
    pytest.importorskip("PySide6.QtWidgets", reason="PySide6 or a system library of it is missing", exc_type=ImportError)
    from host.app import boot

    return boot()


@pytest.fixture(scope="module", autouse=True)
def modules_unloaded():
    """Each file ends without a panel, which would draw and restore in the scenes of the next file's tests."""
    yield
    application = sys.modules.get("host.app")
    if application is not None and application.booted() is not None:
        application.booted().unload_modules()


@pytest.fixture
def host(booted_host):
    """The host with an empty scene; fails the test where something went wrong unseen, or where nodes outlive the scene."""
    booted_host.clear_what_is_left()
    yield booted_host
    problems = booted_host.problems()
    booted_host.clear()
    left = booted_host.leaked_nodes()
    assert problems == [], "something went wrong during the test"
    assert left == [], "nodes are left in the closed scene"


@pytest.fixture
def one_thread():
    """PyTorch with one thread, by which its sums are the same on any machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def two_shares(monkeypatch):
    """Photons are followed in two shares, not eight, each of which takes as long for few: where no error is asked."""
    from RayEmbRegistrationLib.simulation.monte_carlo import scatter

    monkeypatch.setattr(scatter, "LEAST_SHARES", 2)


@pytest.fixture
def name_not_utf8(tmp_path) -> str:
    """A file's name whose bytes are no UTF-8; skips where the system or its disk has no such names (Windows, macOS)."""
    if os.name != "posix":
        pytest.skip("names as bytes are of POSIX systems")
    name = os.fsdecode(b"caf\xe9-\xff")
    try:
        (tmp_path / name).touch()
        (tmp_path / name).unlink()
    except OSError as error:
        if error.errno not in (errno.EILSEQ, errno.EINVAL):
            raise
        pytest.skip(f"this disk takes no name whose bytes are no UTF-8 ({error.strerror})")
    return name


def pytest_collection_modifyitems(items):
    """The longest files first; the rest stays in the order of the alphabet."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Names that are no UTF-8 get into what a test logs, prints and fails with; no process could send them to another."""
    report = yield
    report.sections = [(title, _sendable(content)) for title, content in report.sections]
    text = str(report.longrepr)
    if report.longrepr is not None and not isinstance(report.longrepr, tuple) and _sendable(text) != text:
        report.longrepr = _sendable(text)
    return report


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
