"""Where ``compare`` gets its cases: folders, published data sets, simulated cohorts."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from RayEmbRegistrationLib.evaluation.comparison.patients import Patient, find_patients, read_patient
from RayEmbRegistrationLib.files.json_files import read_json_object
from RayEmbRegistrationLib.files.writing import json_text, write_json

from .cases import write_folders
from .console import Progress
from .inputs import InputError

DATASETS = ("deepfluoro", "ljubljana", "ctpelvic1k")
BONE_LABELS = {"pelvis": (1, 2, 4, 7), "left femur": (5,), "right femur": (6,)}
"""Of DeepFluoro's segmentation: hip bones and both parts of the sacrum, which one published pose holds for; femurs."""


def chosen_patients(arguments: argparse.Namespace, progress: Progress) -> list[Patient]:
    """All patients that the options name. Data sets and cohorts are written into the output folder first, once.

    Raises:
        InputError: nothing was named, an unknown data set, or a CT without its labels.
        InputProblem: files that cannot be used.
    """
    if not (arguments.cases or arguments.dataset or arguments.cohort):
        raise InputError("give cases to compare with --cases, --dataset or --cohort")
    if arguments.ct is not None and len(arguments.cases) != 1:
        raise InputError("--ct is the CT of one folder of cases; give one folder, or put ct.nii.gz into each")
    if arguments.series is not None and arguments.ct is None:
        raise InputError("--series is of the DICOM folder given with --ct; give both")
    patients = [patient for folder in arguments.cases for patient in find_patients(folder, arguments.ct, arguments.joint)]
    for name, path in arguments.dataset:
        if name not in DATASETS:
            raise InputError(f"there is no data set '{name}'; there are {', '.join(DATASETS)}")
        folders = _written(arguments, name, path, progress)
        for folder in folders:
            patient = read_patient(folder, joint=arguments.joint)
            group = patient.name if name == "deepfluoro" else name
            patients.append(replace(patient, name=f"{name}/{patient.name}", group=group))
    for name in arguments.cohort:
        for folder in _written(arguments, "cohort", name, progress):
            patient = read_patient(folder, joint=arguments.joint or name.endswith("-two-views"))
            patients.append(replace(patient, name=f"{name}/{patient.name}", group=name))
    read_as = {"series": arguments.series, "resample_tilt": arguments.resample_tilt}
    return [replace(_with_labels(patient, arguments), **read_as) for patient in patients]


def _written(arguments: argparse.Namespace, source: str, name: str, progress: Progress) -> list[Path]:
    """The folders of a data set or cohort, written unless the same were written before."""
    place = arguments.output / "cases" / (source if source != "cohort" else name)
    marker = place / "complete.json"
    asked = {"source": source, "name": name, "patients": arguments.patients, "count": arguments.count}
    if source == "deepfluoro":
        asked["bone"] = arguments.bone
    if source != "cohort":
        path = Path(name)
        asked["changed"] = path.stat().st_mtime if path.exists() else None
    if marker.is_file():
        known = read_json_object(marker)
        if known.get("asked") == json.loads(json_text(asked)):
            return [place / folder for folder in known["folders"]]
    wanted = argparse.Namespace(
        physics="fast",  # others are made by cases, and compared as folders
        source=source,
        name=name,
        output=place,
        patients=arguments.patients,
        count=arguments.count,
        bone=arguments.bone,
    )
    folders = write_folders(wanted, progress)
    write_json(marker, {"asked": asked, "folders": [folder.name for folder in folders]})
    return folders


def _with_labels(patient: Patient, arguments: argparse.Namespace) -> Patient:
    """The bones to register: those asked for, or of DeepFluoro those that the truth holds for."""
    labels = tuple(arguments.label or ())
    if not labels and patient.name.startswith("deepfluoro/"):
        labels = _present(patient, BONE_LABELS.get(arguments.bone, ()))
    if not labels:
        return patient
    if patient.labels_path is None:
        raise InputError(f"{patient.name} has no labels.nii.gz beside its CT; leave out --label, or put it there")
    return replace(patient, labels=labels)


def _present(patient: Patient, labels: tuple[int, ...]) -> tuple[int, ...]:
    """Those of the labels that the patient's map has."""
    if patient.labels_path is None:
        return ()
    import numpy as np

    from RayEmbRegistrationLib.volumes.reading import read_volume

    values = np.unique(read_volume(patient.labels_path).values)
    return tuple(label for label in labels if label in values)
