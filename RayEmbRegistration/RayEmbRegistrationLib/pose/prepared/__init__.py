"""What is made of a CT once, before any X-ray is registered, and the file that keeps it."""
