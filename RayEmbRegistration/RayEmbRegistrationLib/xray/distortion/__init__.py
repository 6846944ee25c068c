"""Distortion of intensifiers: plates found in their images, the model fitted, X-rays made straight."""
