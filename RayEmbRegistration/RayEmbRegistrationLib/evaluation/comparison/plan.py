"""What a comparison consists of: patients, their cases, and a trial for each case, method and start."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from RayEmbRegistrationLib.evaluation.capture_range import StartSpec
from RayEmbRegistrationLib.evaluation.cases import Case, CaseError
from RayEmbRegistrationLib.pose.settings import OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM

from .patients import Patient

FROM_START = "start"
"""The method of trials that are given a start pose: the library's own refinement around it."""
FIXED_LANDMARKS, RECONSTRUCTION, INTENSITY = "fixed-landmarks", "reconstruction", "intensity"
OWN_NETWORKS = (FIXED_LANDMARKS, RECONSTRUCTION)
"""Methods with a network for each patient."""
NO_WEIGHTS = "none"


@dataclass(frozen=True)
class Choices:
    """What holds for all trials of a comparison; small, since it travels with each of them.

    Attributes:
        output: folder of records and prepared CTs, which every worker must see under this very path.
        view: prior on the view, for preparing and registering.
        device: where to compute.
        threads: of each worker; 0 leaves them as they are.
        tell_polarity: whether methods are told what the case says about bone being bright.
        mirrored: as in ``RegistrationSettings``.
        seed: of starts and of the registration.
        start_uncertainty: degrees and mm that methods are told a given start may be off.
        trust: purpose whose verdict counts, as in ``RegistrationSettings``; it changes no registration.
        overlay_mm, position_mm: errors allowed.
        engine: module that offers ``prepare``, ``register``, ``PreparedCT``, ``PrepareSettings``, ``RegistrationSettings``.
    """

    output: str
    view: str = "ap"
    device: str = "cpu"
    threads: int = 0
    tell_polarity: bool = True
    mirrored: bool | None = None
    seed: int = 0
    start_uncertainty: tuple[float, float] = (10.0, 10.0)
    trust: str | None = None
    overlay_mm: float = OVERLAY_TOLERANCE_MM
    position_mm: float = POSITION_TOLERANCE_MM
    engine: str = "RayEmbRegistrationLib.registration"


@dataclass(frozen=True)
class PreparedSpec:
    """How one CT is prepared. Its key is made from the files' contents, so that equal ones are prepared once.

    Attributes:
        ct_path, labels_path, labels, series, resample_tilt: as for ``open_ct``.
        view, device: as in ``PrepareSettings``.
        library: whether a search may come.
        weights: file, "none", or None for those that come with the module.
        key: of everything above.
    """

    ct_path: str
    labels_path: str | None
    labels: tuple[int, ...]
    view: str
    library: bool
    weights: str | None
    series: str | None = None
    resample_tilt: bool = False
    key: str = ""

    def file_in(self, output: str | Path) -> Path:
        """Where it is kept."""
        return Path(output) / "prepared" / f"{self.key}.npz"


@dataclass(frozen=True)
class Trial:
    """One registration to do.

    Attributes:
        key: patient/case/method, with a start's number; also the path of its record.
        patient, group, case, method: as named in tables.
        geometry_paths: camera files of the case's views.
        prepared: the CT.
        start: the start pose, or None.
        fingerprint: of all that may change the outcome; a record with another one is not used.
        trust: purpose whose verdict counts; None: as by default.
    """

    key: str
    patient: str
    group: str
    case: str
    method: str
    geometry_paths: tuple[str, ...]
    prepared: PreparedSpec
    start: StartSpec | None = None
    fingerprint: str = ""
    trust: str | None = None


def plan_trials(
    patients: Sequence[Patient],
    methods: Sequence[str],
    choices: Choices,
    starts: Sequence[StartSpec] = (),
    weights: str | None = NO_WEIGHTS,
) -> list[Trial]:
    """Every method on every case, and from every start; patient by patient, so that workers change CT seldom.

    Without a start each method is tried as it is. From a start, methods that look for landmarks or search would do the same,
    which is tried once under the name ``FROM_START``; "intensity" starts there, too.

    Args:
        patients: with different names.
        methods: of ``RegistrationSettings.method``.
        choices: of the comparison.
        starts: given to every case.
        weights: of the network for landmarks; None for those that come with the module (which must exist), "none" for no
            network.

    Raises:
        CaseError: two patients of one name, or a method asked for without its network.
    """
    names = [patient.name for patient in patients]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise CaseError(f"two patients are called {', '.join(sorted(twice))}; rename a folder")
    trials = []
    for patient in patients:
        specs = {method: _prepared_spec(patient, method, methods, choices, weights) for method in methods}
        any_spec = next((spec for method, spec in specs.items() if method not in OWN_NETWORKS), next(iter(specs.values())))
        kinds: list[tuple[str, StartSpec | None]] = [(method, None) for method in methods]
        from_start = [FROM_START] + [INTENSITY] * (INTENSITY in methods)
        kinds += [(method, start) for start in starts for method in from_start]
        for views in patient.cases:
            content = _digest_of_files([path for case in views for path in _files_of(case)])
            for method, start in kinds:
                trials.append(_trial(patient, views, (method, start), specs.get(method, any_spec), (choices, content)))
    return trials


def _trial(
    patient: Patient,
    views: Sequence[Case],
    kind: tuple[str, StartSpec | None],
    spec: PreparedSpec,
    known: tuple[Choices, str],
) -> Trial:
    """One trial; ``known`` is what its fingerprint needs besides."""
    (method, start), (choices, content) = kind, known
    case = views[0].name if len(views) == 1 else views[0].group or views[0].name
    key = f"{patient.name}/{case}/{method}" + (f".start{start.number:03d}" if start else "")
    matters = [choices.view, choices.tell_polarity, choices.mirrored, choices.seed]
    matters += [asdict(start), choices.start_uncertainty] if start else []
    allowed = [choices.overlay_mm, choices.position_mm]
    if allowed != [OVERLAY_TOLERANCE_MM, POSITION_TOLERANCE_MM]:  # only then, so that earlier comparisons keep theirs
        matters += [allowed]
    fingerprint = hashlib.sha256(json.dumps([spec.key, content, method, matters]).encode()).hexdigest()[:20]
    paths = tuple(str(view.geometry_path.resolve()) for view in views)
    return Trial(key, patient.name, patient.group, case, method, paths, spec, start, fingerprint, choices.trust)


def _prepared_spec(
    patient: Patient, method: str, methods: Sequence[str], choices: Choices, weights: str | None
) -> PreparedSpec:
    """How a patient's CT is prepared for a method: once for all but those that bring a network of their own."""
    chosen: str | None
    if method in OWN_NETWORKS:
        own = patient.fixed_weights if method == FIXED_LANDMARKS else patient.surface_weights
        if own is None:
            raise CaseError(
                f"the method '{method}' needs a network for {patient.name}: train one with 'train --{method}' and put it "
                f"beside the CT as {method}.safetensors"
            )
        library, chosen = False, str(own)
    else:
        library, chosen = bool(set(methods) - {INTENSITY, *OWN_NETWORKS}), weights
    spec = PreparedSpec(
        str(patient.ct_path),
        str(patient.labels_path) if patient.labels else None,
        patient.labels,
        choices.view,
        library,
        chosen,
        patient.series,
        patient.resample_tilt,
    )
    files = [patient.ct_path]
    if patient.labels and patient.labels_path is not None:
        files.append(patient.labels_path)
    if chosen != NO_WEIGHTS:
        files.append(_shipped_weights() if chosen is None else Path(chosen))
    matters = [_digest_of_files(files), spec.labels, spec.view, spec.library, chosen == NO_WEIGHTS]
    if spec.series is not None or spec.resample_tilt:  # only then, so that earlier comparisons keep their keys
        matters += [spec.series, spec.resample_tilt]
    return replace(spec, key=hashlib.sha256(json.dumps(matters).encode()).hexdigest()[:20])


def _shipped_weights() -> Path:
    """Those that come with the module."""
    from RayEmbRegistrationLib.detector.weights import shipped_weights_path

    return shipped_weights_path()


def _files_of(case: Case) -> list[Path]:
    truth = case.geometry_path.with_name(f"{case.name}.truth.json")
    return [case.image_path, case.geometry_path, *([truth] if truth.exists() else [])]


def _digest_of_files(paths: Sequence[Path]) -> str:
    """Of contents only, so that a moved folder stays the same."""
    digest = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not file.is_file():
                continue
            of_file = hashlib.sha256()
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    of_file.update(block)
            digest.update(of_file.digest())
    return digest.hexdigest()
