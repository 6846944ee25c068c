"""Bodies that are followed beside bones of a CT: surface models of implants and tools, each with its material."""
