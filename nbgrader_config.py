"""nbgrader's configuration: the folder that holds this file is the course directory."""

import os

c = get_config()  # noqa: F821 (nbgrader provides get_config and __file__)

c.CourseDirectory.course_id = "latent-variables"
c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"

# What the student finds in place of the solution.
c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("TODO: replace this line with your code")',
}
c.ClearSolutions.text_stub = "*TODO: replace this line with your answer.*"

# `nbgrader validate`: training cells take longer than nbgrader's default of 30 seconds per cell.
c.Execute.timeout = 300

# `nbgrader autograde` and the formgrader's button judge submissions in a jail, as `autograder grade` does.
c.Autograde.exporter_class = "autograder.nbgrader_autograde.JailedGrading"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.AssignLatePenalties"]

# The formgrader and `nbgrader generate_feedback` show what students wrote, and run and load nothing of it.
c.HTMLExporter.preprocessors = ["autograder.nbgrader_pages.PlainNotebook"]
c.HTMLExporter.filters = {
    "markdown2html": "autograder.nbgrader_pages.markdown_to_html",
    "highlight_code": "autograder.nbgrader_pages.code_to_html",
}
