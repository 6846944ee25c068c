"""Numbers as people write them on a command line."""

from __future__ import annotations

import argparse


def whole_number(text: str) -> int:
    """Of a command line: 1000000, or 1e6.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        value = float(text)
        if value.is_integer():
            return int(text) if text.strip("+-").isdigit() else int(value)
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text} is not a whole number")
