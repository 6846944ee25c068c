"""How large an error may be: either the pose is the right one and slightly off, or it is another one altogether."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ErrorDistribution:
    """A mixture of two lognormal distributions of one error, mm or degrees.

    Attributes:
        wrong: probability that the pose is a wrong one.
        typical: median of the error of a right one.
        factor: standard deviation of its logarithm.
        wrong_typical, wrong_factor: the same of a wrong one.
    """

    wrong: float
    typical: float
    factor: float
    wrong_typical: float
    wrong_factor: float

    def below(self, limit: float) -> float:
        """Probability that the error is less than a limit."""
        if limit <= 0:
            return 0.0
        right = _normal(math.log(limit / self.typical) / self.factor)
        lost = _normal(math.log(limit / self.wrong_typical) / self.wrong_factor)
        return (1 - self.wrong) * right + self.wrong * lost

    @property
    def median(self) -> float:
        """The error expected: it is as likely to be larger as smaller."""
        low, high = math.log(1e-4), math.log(1e4)
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(math.exp(middle)) < 0.5 else (low, middle)
        return math.exp(low)


def _normal(value: float) -> float:
    return 0.5 * math.erfc(-value / math.sqrt(2))
