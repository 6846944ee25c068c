"""Python packages that Slicer does not bring: asked for once, at the first use, never when Slicer starts.

PyTorch comes through the PyTorch extension, which picks the build for the computer's graphics card. The packages of
Resources/requirements.txt come from pip.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TITLE = "RayEmb Registration"
TORCH_MINIMUM = "2.2"
ESSENTIAL = {"torch": "PyTorch", "cv2": "OpenCV", "safetensors": "safetensors"}
"""Modules without which nothing can be registered, and what they are called."""
SAME_MODULE = {"opencv-python-headless": "cv2"}
"""Distributions whose module other distributions bring as well; installing both would break one of them."""


class InstallError(RuntimeError):
    """A package is missing and could not be, or was not to be, installed; the sentence says what to do."""


@dataclass(frozen=True)
class Missing:
    """What is not installed.

    Attributes:
        torch: whether PyTorch is missing.
        packages: requirements to install by pip.
    """

    torch: bool
    packages: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.torch or self.packages)

    @property
    def names(self) -> list[str]:
        """Everything that is missing, for reading."""
        return ["PyTorch"] * self.torch + [*self.packages]


def isInstalled(requirement: str) -> bool:
    """Whether a requirement such as ``einops>=0.7`` is satisfied by what is installed."""
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        module = SAME_MODULE.get(wanted.name)
        return module is not None and importlib.util.find_spec(module) is not None
    return wanted.specifier.contains(version, prereleases=True)


def findMissing(requirementsPath: str | Path) -> Missing:
    """Compare what is installed with requirements.txt (one requirement a line, # for comments)."""
    lines = [line.strip() for line in Path(requirementsPath).read_text(encoding="utf-8").splitlines()]
    wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
    return Missing(
        importlib.util.find_spec("torch") is None,
        tuple(line for line in wanted if not isInstalled(line)),
    )


def isReady() -> bool:
    """Whether everything essential can be imported, so that a registration can run without installing anything."""
    return not _missingEssentials()


def ensureInstalled(requirementsPath: str | Path, progress: Callable[[float, str], None] | None = None) -> None:
    """Install what is missing after asking once; nothing happens where all is there, nor while Slicer is being tested.

    Args:
        requirementsPath: requirements.txt.
        progress: called with (share done, what is being installed); Slicer's status bar says it where None.

    Raises:
        InstallError: the user declined, the PyTorch extension is missing, or an installation failed.
    """
    import slicer

    missing = findMissing(requirementsPath)
    if missing and not slicer.app.testingEnabled():
        if not slicer.util.confirmOkCancelDisplay(_question(missing), windowTitle=TITLE):
            raise InstallError(
                f"Nothing was installed. Registration needs {', '.join(missing.names)}; start it again to be asked again."
            )
        _install(missing, progress or _inStatusBar)
    lacking = _missingEssentials()
    if lacking:
        raise InstallError(
            f"{' and '.join(lacking)} cannot be imported, which registration needs; "
            "restart Slicer, or install the PyTorch extension from the Extensions Manager."
        )


def _question(missing: Missing) -> str:
    from slicer.i18n import tr as _

    question = _(
        "RayEmb Registration needs Python packages that are not part of Slicer:\n\n{names}\n\n"
        "Download and install them now? This takes a few minutes."
    )
    if missing.torch:
        question = _(
            "RayEmb Registration needs Python packages that are not part of Slicer:\n\n{names}\n\n"
            "Download and install them now? This takes a few minutes, and PyTorch some gigabytes of disk space."
        )
    return question.format(names="\n".join(missing.names))


def _missingEssentials() -> list[str]:
    importlib.invalidate_caches()
    return [name for module, name in ESSENTIAL.items() if importlib.util.find_spec(module) is None]


def _inStatusBar(_share: float, stage: str) -> None:
    import slicer

    slicer.util.showStatusMessage(f"{TITLE}: {stage}")
    slicer.app.processEvents()


def _install(missing: Missing, progress: Callable[[float, str], None]) -> None:
    """Install; the user has agreed."""
    import slicer

    names = missing.names
    for number, name in enumerate(names):
        progress(number / len(names), f"installing {name} ({number + 1} of {len(names)})")
        if number == 0 and missing.torch:
            _installTorch()
            continue
        try:
            slicer.util.pip_install([name])  # in Slicer 5.12 and later this is slicer.packaging's, with its progress dialog
        except Exception as error:
            raise InstallError(
                f"{name} could not be installed ({error}); check the network, then start the registration again."
            ) from error
    progress(1.0, "everything is installed")


def _installTorch() -> None:
    """Through the PyTorch extension."""
    try:
        import PyTorchUtils
    except ModuleNotFoundError:
        raise InstallError(
            "Registration needs the PyTorch extension. Install it from the Extensions Manager and restart Slicer."
        ) from None
    logic = PyTorchUtils.PyTorchUtilsLogic()
    try:
        torch = logic.installTorch(askConfirmation=False, torchVersionRequirement=f">={TORCH_MINIMUM}")
    except Exception as error:
        raise InstallError(f"PyTorch could not be installed ({error}); install it in the module PyTorch Util.") from error
    if torch is None:
        raise InstallError("PyTorch was not installed; install it in the module PyTorch Util, then try again.")
