"""Pictures of a registration: overlays, sheets, and all of it in 3D."""
