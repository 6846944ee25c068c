"""Image similarity, Gauss-Newton, and the schedule of resolutions that refines many rough poses to one fine one."""
