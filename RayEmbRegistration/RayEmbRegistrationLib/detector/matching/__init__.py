"""Where an X-ray shows a point of the CT: the pixel whose embedding lies nearest the point's subspace."""
