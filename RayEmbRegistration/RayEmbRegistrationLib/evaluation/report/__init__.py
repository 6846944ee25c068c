"""A comparison's report as one HTML page."""
