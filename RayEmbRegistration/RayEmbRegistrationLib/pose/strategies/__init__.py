"""What proposes poses: a start pose, landmarks, a search over rendered views, the baseline of plain intensity."""
