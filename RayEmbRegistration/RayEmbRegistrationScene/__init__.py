"""What a registration looks like in 3D Slicer: MRML nodes made from plain data, one file for each thing shown.

``sceneView`` is the way in. Needs slicer, vtk, numpy and the library's geometry; knows neither torch nor Qt.
"""
