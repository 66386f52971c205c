"""Grades for other systems, as text, from what is in grades.json."""

import csv
import io

TARGETS = ("csv", "canvas", "moodle", "gradescope")


def to_csv(report, students):
    """Comma-separated values, one row a student.

    Args:
        report: as in grades.json.
        students: {id: (last name, first name, email)} from the gradebook.
    """
    rows = report["students"]
    names = list(dict.fromkeys(name for row in rows.values() for name in row["tasks"]))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["student", "last_name", "first_name", "email", "status", "score", "max_score"]
        + ["manual_pending", *names, "flags"]
    )
    for student, row in rows.items():
        about = [student, *students.get(student, ("", "", ""))]
        points = [row["tasks"].get(name, {}).get("points", "") for name in names]
        flags = " ".join(flag["id"] for flag in row["flags"])
        writer.writerow(
            [inert(word) for word in about]
            + [row["status"], row["score"], report["max_score"], row["manual_pending"]]
            + [*points, flags]
        )
    return text.getvalue()


def inert(word):
    """A word that a spreadsheet does not take for a formula."""
    return f"'{word}" if word[:1] in ("=", "+", "-", "@", "\t", "\r") else word
