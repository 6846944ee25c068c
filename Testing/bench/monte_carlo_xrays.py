"""CTs for Testing/gpu/monte_carlo.py, which makes X-rays of them by Monte Carlo."""

import argparse
from pathlib import Path

import numpy as np
from common import DATA, needed

LIMBS = ("STS_028", "STS_044")
"""A knee and a hip."""


def pack(folder: Path) -> None:
    """Write the CTs that are projected, with points of their bones."""
    from pelvis_cases import bone_alone
    from RayEmbRegistrationLib.application.open_ct import open_ct
    from RayEmbRegistrationLib.pose.prepared.prepare import PrepareSettings, prepare

    folder.mkdir(parents=True, exist_ok=True)
    cts = {"pelvis": bone_alone()} | {name: open_ct(needed(DATA / "limb_ct" / f"{name}.nii.gz")).volume for name in LIMBS}
    for name, ct in cts.items():
        points = prepare(ct, PrepareSettings(weights="none")).bone_points_ras
        chosen = np.random.default_rng(0).choice(len(points), min(2000, len(points)), replace=False)
        np.savez_compressed(
            folder / f"mc_{name}.npz",
            hu=np.round(ct.hu).astype(np.int16), ras_from_ijk=ct.ras_from_ijk, points_ras=points[chosen],
        )  # fmt: skip
        print(f"{name}: {(folder / f'mc_{name}.npz').stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, metavar="FOLDER")
    pack(parser.parse_args().pack)
