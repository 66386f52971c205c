"""What nbgrader's own `autograde` meets in a course of ours, from nbgrader_config.py.

nbgrader runs submissions with all rights of the person who grades, and knows no partial credit of ours.
"""

from nbconvert.exporters import NotebookExporter
from nbgrader.converters import NbGraderException


class Refusal(NotebookExporter):
    """Ends `nbgrader autograde` and the formgrader's button Autograde.

    nbgrader makes its exporter before it removes, changes or runs anything; an error of a preprocessor
    would come too late, when the earlier graded notebook is gone.
    """

    def __init__(self, parent=None, **settings):
        super().__init__(parent=parent, **settings)
        assignment = parent.coursedir.assignment_id if parent else "ASSIGNMENT"
        message = (
            "Nothing was run and no score was changed: nbgrader would run submissions without a jail; "
            f"use `autograder grade {assignment}`."
        )
        self.log.error(message)
        raise NbGraderException(message)
