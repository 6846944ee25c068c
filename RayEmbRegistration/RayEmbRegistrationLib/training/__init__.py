"""Training of the encoder: pairs of templates and X-rays rendered on the fly, for one patient, a cohort or any anatomy."""
