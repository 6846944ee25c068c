"""A small host that runs the module without the Slicer application.

Real MRML scene, module logics, displayable managers and slicer.util come from the slicer-core wheel, real Qt from PySide6;
the rest is written here. A tool of this repository: it is not shipped, and nothing of the module knows that it exists.

    from host.scene import boot_scene     scene and logics; no Qt
    from host.views import SliceView      offscreen views; no Qt
    from host.app import boot             everything: slicer.app, slicer.modules, layout manager, panel
"""
