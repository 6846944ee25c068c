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
        upper: 95 % quantile of a right one's error in units of its median, as it was measured: tails are not lognormal.
        wrong_typical, wrong_factor: median and deviation of the logarithm of a wrong one.
    """

    wrong: float
    typical: float
    factor: float
    upper: float
    wrong_typical: float
    wrong_factor: float

    def below(self, limit: float) -> float:
        """Probability that the error is less than a limit."""
        return (1 - self.wrong) * self.below_if_right(limit) + self.wrong * self._below_if_wrong(limit)

    def below_if_right(self, limit: float) -> float:
        """The same were the pose known to be the right one."""
        if limit <= 0:
            return 0.0
        # The tail is as heavy as was measured where that is heavier than a lognormal one.
        factor = max(self.factor, math.log(self.upper) / QUANTILE_95) if limit > self.typical else self.factor
        return _normal(math.log(limit / self.typical) / factor)

    def _below_if_wrong(self, limit: float) -> float:
        return _normal(math.log(limit / self.wrong_typical) / self.wrong_factor) if limit > 0 else 0.0

    @property
    def median(self) -> float:
        """The error expected: it is as likely to be larger as smaller."""
        low, high = math.log(1e-4), math.log(1e4)
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(math.exp(middle)) < 0.5 else (low, middle)
        return math.exp(low)

    @property
    def bound(self) -> float:
        """What the error of a right pose stays under in 95 of 100 cases; that it is a wrong one is told apart."""
        return self.typical * self.upper


QUANTILE_95 = 1.6449  # of the normal distribution, one-sided


def _normal(value: float) -> float:
    return 0.5 * math.erfc(-value / math.sqrt(2))
