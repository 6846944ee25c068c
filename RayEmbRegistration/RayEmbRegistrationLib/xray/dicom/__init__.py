"""What DICOM tells of an X-ray: pixels, geometry, polarity."""
