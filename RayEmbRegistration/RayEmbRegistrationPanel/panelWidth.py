"""The panel is as wide as its sections need: in no language and with no font anything is cut, or scrolled to sideways."""

from __future__ import annotations

import qt

from .section import Panel, Section


class PanelWidth(Section):
    """Follows what is open, and what is said in it; Slicer's dock follows the panel."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        for name in vars(self.ui):
            if name.endswith(("CollapsibleButton", "GroupBox")):
                widget = getattr(self.ui, name)
                signal = "contentsCollapsed(bool)" if name.endswith("CollapsibleButton") else "toggled(bool)"
                widget.connect(signal, lambda isOn: self.update())

    def update(self) -> None:
        """Ask the sections how wide they have to be."""
        area = self.ui.sectionsScrollArea
        bar = area.style().pixelMetric(qt.QStyle.PM_ScrollBarExtent)
        needed = self.ui.sectionsWidget.layout().minimumSize().width() + bar
        if area.minimumWidth != needed:
            area.minimumWidth = needed
