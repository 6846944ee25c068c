"""The evidence of the calibration's registrations in one file of the repository, to fit anew without registering for hours.

python Testing/bench/quality_packed.py    add what was made here since

What the file holds of the present ``VERSION`` is not made again; raise that number when what is seen changes. Numbers only:
no image and no pose of a start that the quality of a registration does not need.
"""

import gzip
import json
import sys
from functools import lru_cache

from common import RESULTS
from quality_cases import VERSION

PATH = RESULTS / "quality_evidence.json.gz"
DIGITS = 7  # significant ones; half precision of images has four


@lru_cache(maxsize=1)
def packed() -> dict[str, dict]:
    """By a run's name "subject.group.kind" its ``about`` and ``evidence``, None where there was an error."""
    if not PATH.exists():
        return {}
    content = json.loads(gzip.decompress(PATH.read_bytes()))
    return content["runs"] if content["version"] == VERSION else {}


def pack(runs: dict[str, dict]) -> None:
    """Write what is packed and what was made, the same file for the same content."""
    every = {name: _rounded(content) for name, content in sorted({**packed(), **runs}.items())}
    lines = json.dumps({"version": VERSION, "runs": every}, separators=(",", ":"))
    PATH.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    packed.cache_clear()


def _rounded(content: object) -> object:
    if isinstance(content, float):
        return float(f"{content:.{DIGITS}g}")
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return [_rounded(each) for each in content] if isinstance(content, list) else content


def main() -> int:
    """Pack what is here."""
    from quality_evidence import contents

    pack(dict(contents()))
    print(f"{len(packed())} registrations, {PATH.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
