"""Tests of a long day have two forms: a short one for every change, and the long one of ``make test-long``."""

import os

import pytest

IS_LONG = os.environ.get("RAYEMB_LONG_TESTS", "") not in ("", "0")


def short_or_long(short, long):
    """What the form that runs now takes."""
    return long if IS_LONG else short


only_long = pytest.mark.skipif(not IS_LONG, reason="of the long form: make test-long")
"""For a test of what others show as well, by less."""
