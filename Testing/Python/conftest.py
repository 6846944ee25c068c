"""What every test may need: where the repository is, and the real cases, where they are at hand."""

from pathlib import Path

import pytest


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
