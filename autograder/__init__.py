"""Grade the course's assignments; importing this package alone imports nothing else."""


def grade(assignment, path, secret="grade", release=None, limits=None, jailed=True):
    """Grade one notebook, without a course directory and without a gradebook -> `grading.Result`.

    Args:
        assignment: its name, such as "gmm-two-ways".
        path: the submitted notebook.
        secret: words that make the questions unpredictable; the same words give the same result.
        release: path of the release notebook; by default the one that comes with this package.
        limits: `jail.Limits`.
        jailed: False runs the submission with all your rights: for your own code only.
    Raises:
        KeyError: there is no such assignment.
        jail.JailUnavailable: this machine cannot isolate a submission.
    """
    from autograder import course, grading, jail, submission, tasks

    rules = tasks.load(assignment)
    release = release or course.shipped("assignments") / assignment / f"{assignment}.ipynb"
    return grading.grade_notebook(
        path, submission.read_release(release), rules, secret, limits or jail.DEFAULT_LIMITS, jailed
    )
