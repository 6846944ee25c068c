"""Run the benchmarks, keep their results in results/ and put their tables into the pages of docs.

python Testing/bench/run.py                   all of them, several hours on two cores
python Testing/bench/run.py --only wrist      some of them
python Testing/bench/run.py --quick           a case or two of each, to see that they run; results are not kept
"""

import argparse
import importlib
import sys
import time

from common import Benchmark, NotHereError, save

NAMES = ("pelvis12", "pelvis60", "wrist", "pnp", "methods", "patient", "choices", "ablation", "resources", "projector")
NAMES += ("similarity", "quality", "source_distance", "chest", "anyview", "wrist_landmarks", "anatomy", "detection_time")
NAMES += ("baselines", "cohorts", "weights", "camera_errors", "widening", "targets", "reconstruction", "tracking")
NAMES += (
    "tracking_simulated",
    "implants",
    "joint",
    "undistortion",
    "virtual",
    "scatter_fit",
    "published",
    "slabs",
    "monte_carlo_xrays",
    "physics",
    "bone_ends",
    "step_phantom",
    "full_size",
    "panel",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", choices=NAMES, default=NAMES, help=f"some of {', '.join(NAMES)}"
    )
    parser.add_argument("--quick", action="store_true", help="a case or two of each, nothing is kept")
    parser.add_argument(
        "--starts", metavar="N", type=int, help="starts a view of the wrist, 20 unless given; the table says how many"
    )
    parser.add_argument("--cases", metavar="N", type=int, help="a row of joint, 30 unless given; the table says how many")
    parser.add_argument(
        "--sequences", metavar="N", type=int, help="of tracking_simulated, 4 unless given; the table says so"
    )
    parser.add_argument(
        "--first",
        metavar="N",
        type=int,
        help="frames of tracking_simulated's sequences, all 60 unless given; the table says so",
    )
    arguments = parser.parse_args()
    if arguments.starts:
        import wrist

        wrist.STARTS = arguments.starts
    if arguments.cases:
        import joint

        joint.CASES = arguments.cases
    if arguments.sequences or arguments.first:
        import tracking_simulated

        tracking_simulated.SEQUENCES = arguments.sequences or tracking_simulated.SEQUENCES
        tracking_simulated.FIRST = arguments.first or tracking_simulated.FIRST
    failed = []
    for name in arguments.only:
        print(f"{name}:", flush=True)
        started = time.perf_counter()
        try:
            benchmark = measured(name, arguments.quick)
        except NotHereError as absent:
            print(f"  left out: {absent}")
            continue
        except Exception as error:  # noqa: BLE001 - the other benchmarks go on
            print(f"  failed: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        print_table(benchmark.rows)
        print(f"  took {time.perf_counter() - started:.0f} s")
        if not arguments.quick:
            save(name, benchmark, arguments.quick)
    if not arguments.quick:
        from docs_tables import update_docs

        update_docs()
    return 1 if failed else 0


def measured(name: str, quick: bool) -> Benchmark:
    """Run one benchmark; one that returns a bare list of rows is a table and no more."""
    module = importlib.import_module(name)
    found = module.run() if name == "projector" else module.run(quick)
    return found if isinstance(found, Benchmark) else Benchmark(found)


def print_table(rows: list[dict]) -> None:
    from RayEmbRegistrationLib.evaluation.table import text_table

    keys = list(rows[0])
    table = text_table(keys, [[row.get(key) for key in keys] for row in rows])
    print("\n".join(f"  {line}" for line in table.splitlines()))


if __name__ == "__main__":
    sys.exit(main())
