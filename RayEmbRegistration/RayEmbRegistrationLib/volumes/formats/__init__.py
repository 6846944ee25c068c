"""Volumes as files hold them: NIfTI, NRRD and MetaImage, whole and undamaged or refused; nothing is filled in."""
