"""Metrics, data sets, comparisons, figures."""
