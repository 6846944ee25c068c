"""What is shown in Slicer: nodes, views and layouts. slicer, vtk and numpy; never torch or qt."""
