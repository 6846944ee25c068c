"""Subspace similarity of 3000 points on a map of 224 x 224, 32 dimensions, 4 templates: ours and the published equations.

python Testing/bench/similarity.py

Each is run in a process of its own, so that its peak memory is its own. Random spans are the worst case for the bounded
search; "near" are spans about an embedding of the map with noise, as detections are.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from common import REPOSITORY, Benchmark, peak_memory_bytes, row

POINTS, SIDE, DIMENSIONS, TEMPLATES = 3000, 224, 32, 4
FEATURES = 16  # a side, of the map that is interpolated, as published
REPEATS = 3
PUBLISHED_CHUNK, NEEDED_GB = 400, 18


def case(points: int, spans: str) -> tuple:
    """Embeddings (N, T, D) of points and a map (D, h, w), the same in every process."""
    import torch

    generator = torch.Generator().manual_seed(0)
    features = torch.randn((1, DIMENSIONS, FEATURES, FEATURES), generator=generator)
    embeddings = torch.nn.functional.interpolate(features, size=(SIDE, SIDE), mode="bilinear")[0]
    vectors = torch.randn((points, TEMPLATES, DIMENSIONS), generator=generator)
    if spans == "near":
        places = torch.randint(SIDE * SIDE, (points,), generator=generator)
        vectors = 0.7 * embeddings.std() * vectors + embeddings.flatten(1).T[places][:, None]
    return vectors, embeddings


def work(way: str, points: int, spans: str) -> None:
    """Print seconds, peak memory and the answers of one way as JSON. The best of several runs, but one of the published."""
    import torch
    from published_similarity import published_best
    from RayEmbRegistrationLib.detector.matching.options import MatchOptions
    from RayEmbRegistrationLib.detector.matching.subspace import bases, best_match

    vectors, embeddings = case(points, spans)

    def ours() -> tuple[torch.Tensor, torch.Tensor]:
        peaks = best_match(bases(vectors.transpose(0, 1)), embeddings, None, MatchOptions(search=way, block=8))
        return peaks.indices, peaks.scores

    chunk = PUBLISHED_CHUNK if available_gb() > NEEDED_GB else PUBLISHED_CHUNK // 8
    before = peak_memory_bytes()
    seconds = []
    with torch.no_grad():
        for _ in range(1 if way == "published" else REPEATS):
            started = time.perf_counter()
            indices, scores = published_best(vectors, embeddings, chunk) if way == "published" else ours()
            seconds.append(time.perf_counter() - started)
    peak = peak_memory_bytes()
    answer = {"seconds": min(seconds), "peak_mb": peak / 2**20, "added_mb": (peak - before) / 2**20}
    answer.update(chunk=chunk, threads=torch.get_num_threads(), indices=indices.tolist(), scores=scores.tolist())
    print(json.dumps(answer))


def available_gb() -> float:
    """Memory that a process may take without harm to others."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) / 2**20


def measured(way: str, points: int, spans: str) -> dict:
    """What ``work`` says, from a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--work", way, str(points), spans]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)  # noqa: S603
    if answer.returncode:
        raise RuntimeError(answer.stderr.strip().splitlines()[-1] if answer.stderr.strip() else "killed: out of memory")
    return json.loads(answer.stdout)


def exact_scores(points: int, spans: str, indices: list[int]) -> list[float]:
    """Cosines at features, in double precision and by a singular value decomposition: who is right where two ways differ."""
    import torch

    vectors, embeddings = case(points, spans)
    basis = torch.linalg.svd(vectors.double(), full_matrices=False)[2]
    chosen = embeddings.double().flatten(1)[:, indices]
    chosen = chosen / chosen.norm(dim=0)
    return torch.einsum("ntd,dn->nt", basis, chosen).norm(dim=1).tolist()


def run(quick: bool = False) -> Benchmark:
    """Times, memory and agreement; the published equations on fewer points when quick."""
    points = 200 if quick else POINTS
    rows, cases = [], []
    reference = measured("published", points, "near")
    cases.append({"way": "published", "spans": "near", **summary(reference)})
    truth = exact_scores(points, "near", reference["indices"])
    for spans in ("near", "random"):
        for way in ("dense", "bounded"):
            found = measured(way, points, spans)
            cases.append({"way": way, "spans": spans, **summary(found)})
            if spans == "random":
                continue
            same = sum(a == b for a, b in zip(found["indices"], reference["indices"], strict=True))
            lost = max(t - e for t, e in zip(truth, exact_scores(points, spans, found["indices"]), strict=True))
            ratio = reference["seconds"] / found["seconds"]
            memory = found["peak_mb"] / reference["peak_mb"]
            added = found["added_mb"] / reference["added_mb"]
            rows += [
                row(f"{way}: time against the published equations", "100 times faster", f"{ratio:.0f} times faster"),
                row(f"{way}: peak memory, whole process", "a tenth", f"{memory:.3f} ({found['peak_mb']:.0f} MB)"),
                row(f"{way}: memory it adds", "a tenth", f"{added:.3f} ({found['added_mb']:.0f} MB)"),
                row(f"{way}: same arg-max", f"{points} of {points}", f"{same} of {points}, score lost {max(lost, 0):.1e}"),
            ]
    for case_ in cases:
        label = f"{case_['way']}, {case_['spans']} spans: time, peak memory"
        rows.append(row(label, "-", f"{case_['seconds']:.2f} s, {case_['peak_mb']:.0f} MB"))
    note = (
        f"{points} points, {SIDE}^2 features, {DIMENSIONS} dimensions, T = {TEMPLATES}, {reference['threads']} thread. "
        "The whole process includes Python and torch. A lost score is in double precision: 0 where "
        f"two features tie. The published equations in chunks of {reference['chunk']} points (published: {PUBLISHED_CHUNK})."
    )
    return Benchmark(rows, cases, note)


def summary(answer: dict) -> dict:
    """Without the answers themselves."""
    kept = ("seconds", "peak_mb", "added_mb")
    return {key: round(answer[key], 3) for key in kept} | {"threads": answer["threads"]}


def main() -> None:
    """Print the table, or work for ``measured``."""
    if "--work" in sys.argv:
        sys.path.insert(0, str(REPOSITORY / "RayEmbRegistration"))
        work(sys.argv[-3], int(sys.argv[-2]), sys.argv[-1])
        return
    from run import print_table

    benchmark = run("--quick" in sys.argv)
    print_table(benchmark.rows)
    print(benchmark.note)


if __name__ == "__main__":
    main()
