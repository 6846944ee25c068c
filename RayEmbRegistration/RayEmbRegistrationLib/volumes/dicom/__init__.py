"""A CT from DICOM slices: which files, which series, in which order, and where they lie."""
