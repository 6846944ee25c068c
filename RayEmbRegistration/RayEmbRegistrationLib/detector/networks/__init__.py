"""Networks that give each pixel of an X-ray its embedding, and the baseline of fixed landmarks."""
