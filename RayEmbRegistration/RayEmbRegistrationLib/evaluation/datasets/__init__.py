"""Published data sets, read as they are published; none of them comes with this library."""
