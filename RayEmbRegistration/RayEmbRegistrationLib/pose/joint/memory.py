"""Steps made longer by what the last ones did.

Where images agree only in part, Gauss-Newton takes the cost for more curved than it is, and its steps are a fraction of what
they should be: they shrink by a quarter each. Anderson's mixing (J. ACM 12(4), 1965) finds from a few of them where they
lead to, without another image.
"""

from __future__ import annotations

import torch

_REMEMBERED = 4  # steps; chosen: as many weak directions as a bone has
_LONGEST = 6.0  # times the plain step; chosen: farther the secants say nothing


class Memory:
    """The last steps of an iteration towards a fixed point."""

    def __init__(self) -> None:
        self._plain: torch.Tensor | None = None
        self._changes: list[torch.Tensor] = []
        self._moves: list[torch.Tensor] = []
        self._last_move: torch.Tensor | None = None
        self.was_used = False

    def better(self, plain: torch.Tensor, curvature: torch.Tensor) -> torch.Tensor:
        """The step (n,) to take instead of a plain one.

        Args:
            plain: (n,) what Gauss-Newton says here.
            curvature: (n,) in which parts of the step are weighed.
        """
        if self._plain is not None and self._last_move is not None:
            self._changes = [*self._changes, plain - self._plain][-_REMEMBERED:]
            self._moves = [*self._moves, self._last_move][-_REMEMBERED:]
            self._plain = self._last_move = None
        self.was_used = bool(self._changes)
        if not self.was_used:
            return plain
        scale = curvature.clamp_min(0).sqrt()
        changes, moves = torch.stack(self._changes, dim=1), torch.stack(self._moves, dim=1)
        weighed = scale[:, None] * changes
        ridge = 1e-6 * (weighed**2).sum() * torch.eye(weighed.shape[1], dtype=plain.dtype, device=plain.device)
        shares = torch.linalg.solve_ex(weighed.T @ weighed + ridge, weighed.T @ (scale * plain))[0]
        step = torch.nan_to_num(plain - (changes + moves) @ shares)
        longest = _LONGEST * (scale * plain).norm() / (scale * step).norm().clamp_min(1e-12)
        return step * longest.clamp(max=1)

    def keep(self, plain: torch.Tensor, move: torch.Tensor) -> None:
        """A step was taken: what Gauss-Newton said, and what was done."""
        self._plain, self._last_move = plain, move

    def forget(self) -> None:
        """A step led nowhere: begin anew from here."""
        self.__init__()  # type: ignore[misc]
