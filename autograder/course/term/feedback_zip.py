"""Students' pages in one zip, under the names by which a platform gives them back.

- Canvas takes `..._USERID_FILEID_...` as it handed it out (instructure/canvas-lms, app/models/assignment.rb:
  `infer_comment_context_from_filename`).
- Moodle takes `Full Name_NUMBER_assignsubmission_file_/NAME` (moodle/moodle,
  mod/assign/feedback/file/importziplib.php).
"""

import io
import re
import zipfile
from collections.abc import Mapping

from autograder.course.term.platforms import MOODLE

TARGETS = ("canvas", "moodle", "plain")
CANVAS = re.compile(r"(?:.*_)?\d+_\d+_[^/]+")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same pages give the same zip


def name_for(target: str, assignment: str, student: str, handed_in: str | None) -> str | None:
    """The name of a student's page in the zip, or None where the platform never gave a name for it.

    Args:
        target: of TARGETS.
        handed_in: name of the student's file as the platform handed it out, or None.
    """
    top, in_a_folder, _ = (handed_in or "").partition("/")
    if target == "plain":
        return f"{student}.html"
    if target == "canvas":
        return f"{top.removesuffix('.ipynb')}.html" if CANVAS.fullmatch(top) else None
    match = MOODLE.fullmatch(top)
    if not match:
        return None
    folder = f"{top}/" if in_a_folder else f"{match['name']}_{match['id']}_assignsubmission_file_"
    return f"{folder}{assignment}.html"


def zipped(pages: Mapping[str, bytes]) -> bytes:
    """Bytes of a zip of {name: bytes}."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, page in sorted(pages.items()):
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), page, zipfile.ZIP_DEFLATED)
    return content.getvalue()
