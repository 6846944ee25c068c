"""X-rays by physics: the primary exactly, the scatter by Monte Carlo. Doses are estimates, not for clinical use."""
