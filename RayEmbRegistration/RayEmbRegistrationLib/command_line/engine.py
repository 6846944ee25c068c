"""What the verbs take of a registration: the module of that name, or another that offers as much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from RayEmbRegistrationLib.geometry import CTVolume
    from RayEmbRegistrationLib.pose.prepared import prepare as preparing
    from RayEmbRegistrationLib.pose.prepared import prepared_ct
    from RayEmbRegistrationLib.pose.settings import RegistrationSettings
    from RayEmbRegistrationLib.progress import Report
    from RayEmbRegistrationLib.result import RegistrationResult
    from RayEmbRegistrationLib.xray.view import XrayView


class Engine(Protocol):
    """A module that prepares CTs, registers X-rays to them and trains for one of them."""

    __name__: str
    PreparedCT: type[prepared_ct.PreparedCT]
    PrepareSettings: type[preparing.PrepareSettings]

    def prepare(
        self,
        ct: CTVolume,
        settings: preparing.PrepareSettings | None = None,
        progress: Report | None = None,
    ) -> prepared_ct.PreparedCT:
        """See ``registration.prepare``."""
        ...

    def register(
        self,
        prepared: prepared_ct.PreparedCT,
        views: Sequence[XrayView],
        settings: RegistrationSettings | None = None,
        progress: Report | None = None,
    ) -> RegistrationResult:
        """See ``registration.register``."""
        ...

    def fine_tune(
        self,
        prepared: prepared_ct.PreparedCT,
        minutes: float,
        progress: Report | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        state_path: Path | None = None,
    ) -> prepared_ct.PreparedCT:
        """See ``registration.fine_tune``."""
        ...
