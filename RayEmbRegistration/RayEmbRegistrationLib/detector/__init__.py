"""Landmarks of a radiograph by ray-embedding subspaces: encoder, templates, similarity, detection.

The method is RayEmb: Shrestha et al., "RayEmb: Arbitrary Landmark Detection in X-Ray Images Using Ray Embedding Subspace",
ACCV 2024. A point of the CT is described by the span of its embeddings in a few rendered views; it is found in a radiograph
where a pixel's embedding lies nearest that span.
"""
