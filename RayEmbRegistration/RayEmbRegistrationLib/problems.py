"""The one exception for what a user can mend."""


class InputProblem(ValueError):  # noqa: N818 - a problem with what was given, not an error of the program
    """Input that cannot be used: one sentence that says what is wrong, where, and what to do about it.

    Whatever else is raised is a fault of the program and is shown with its traceback.
    """
