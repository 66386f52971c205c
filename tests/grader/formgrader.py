"""nbgrader's own commands in this process, as the formgrader's buttons give them."""

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import PyFileConfigLoader


def buttons(root):
    """The NbGraderAPI of the course at `root`."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    return NbGraderAPI(CourseDirectory(config=config), config=config)
