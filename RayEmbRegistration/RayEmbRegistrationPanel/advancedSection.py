"""The section Advanced: method, device, seed, weights, and what is kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from .section import Section

if TYPE_CHECKING:
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings

    from .section import Panel


class AdvancedSection(Section):
    """Choices that rarely need to change; all but the weights are bound to the parameter node by the .ui file."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self.ui.clearCacheButton.connect("clicked(bool)", self.onClearCache)
        self.ui.advancedCollapsibleButton.connect("contentsCollapsed(bool)", lambda collapsed: self.showCache())
        self.ui.deviceComboBox.connect("currentIndexChanged(int)", lambda index: self.panel.register.showDevice())
        self._shown: tuple | None = None

    def applyToLogic(self) -> None:
        """Device and weights as chosen."""
        path = str(self.parameters.weightsPath)
        self.logic.device = self.parameters.device.value
        self.logic.weights = None if path in ("", ".") else path

    def settings(self, refineOnly: bool = False) -> RegistrationSettings:
        """The registration's settings as chosen."""
        from RayEmbRegistrationLib.pose.settings import RegistrationSettings

        parameters = self.parameters
        method = parameters.method.value
        return RegistrationSettings(
            view=self.panel.prior.forAll,
            start_rotation_deg=float(parameters.startUncertaintyDeg),
            start_translation_mm=float(parameters.startUncertaintyMm),
            bones=self.panel.ct.movingBones(),
            refine_only=refineOnly,
            seed=int(parameters.seed),
            method=None if method == "auto" else method,
            **self.panel.trust.settings(),
        )

    def update(self) -> None:
        """What a running job must not lose is not to be changed."""
        idle = self.panel.jobs.name is None
        for widget in (self.ui.methodComboBox, self.ui.deviceComboBox, self.ui.seedSpinBox):
            widget.enabled = idle
        for widget in (self.ui.startUncertaintyDegSpinBox, self.ui.startUncertaintyMmSpinBox, self.ui.weightsPathLineEdit):
            widget.enabled = idle
        self.ui.clearCacheButton.enabled = idle
        if self.parameters is None:
            return
        if any(node is None for node in self.panel.xrays.nodes):
            return  # a scene is being loaded: they are not there yet
        chosen = (self.panel.prior.forAll, self.parameters.weightsPath)
        if self._shown is not None and chosen != self._shown:
            self.panel.prepared = None  # prepared for another view or by other weights
        self._shown = chosen

    def parametersReplaced(self) -> None:
        """Another scene's choices."""
        self._shown = None

    def showCache(self) -> None:
        """Say what is kept and where."""
        if self.ui.advancedCollapsibleButton.collapsed:
            return
        folder = self.logic.cacheFolder()
        files = sorted(folder.glob("prepared-*.npz")) if folder.is_dir() else []
        size = sum(path.stat().st_size for path in files) / 1e6
        words = _("1 prepared CT, {size:.0f} MB") if len(files) == 1 else _("{count} prepared CTs, {size:.0f} MB")
        self.ui.cacheLabel.text = words.format(count=len(files), size=size)
        self.ui.cacheLabel.toolTip = str(folder)

    def onClearCache(self, _checked: bool = False) -> None:
        """Delete what is kept."""
        self.logic.forgetPrepared()
        self.panel.prepared = None
        self.showCache()
