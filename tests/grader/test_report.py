"""The pages: on a narrow screen, and in words that students understand."""

import json
import re
import shutil
import subprocess

import markupsafe
import nbformat
import pytest

from autograder import tasks
from autograder.course import gradebook
from autograder.report import pages as report
from autograder.report import titles as titles_of_release

ASSIGNMENT = "gmm-two-ways"
RULES = tasks.load(ASSIGNMENT)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

LONG_LINE = "def loss(model, inputs):\n    return " + " + ".join(["tf.reduce_mean(model(inputs))"] * 12)


def test_points_of_zero_are_no_shares():
    """A written question without points, and an assignment of bonus points alone."""
    row = report.task_row("a", [report.Line("a", 0.0, 0.0, "correct", "")])
    assert row["percent"] is None and report.histogram_of([3.0], 0.0) == []
    labels = [bar["label"] for bar in report.histogram_of([3.0], 5.0)]
    assert labels[:3] == ["0–0.5", "0.5–1", "1–1.5"]


def pages(message, hint=""):
    """The feedback and the class report of one student with this finding in every task."""
    finding = {"id": "an-id", "message": message, "hint": hint}
    row = {
        "status": "graded",
        "score": 86.25,
        "manual_pending": 5,
        "flags": [{"id": "x", "message": message}],
        "tasks": {
            task.id: {"points": 1.25, "max": task.points, "outcome": "partial", "findings": [finding]}
            for task in RULES.tasks
        },
    }
    marks = {
        "expected_density": gradebook.Mark(3.5, 4, None, 3.5, False, True, f"{LONG_LINE} {message}"),
        "means_mse": gradebook.Mark(0, 5, None, None, True, True, ""),
    }
    scores = {"Zoë": gradebook.Score(86.25, 5, 0, marks)}
    graded = {"assignment": ASSIGNMENT, "max_score": 100, "students": {"Zoë": row}}
    answers = {"loss": LONG_LINE, "means_mse": LONG_LINE, "expected_density": "x" * 300}
    return {
        "feedback": report.feedback("Zoë", graded, RULES, answers, scores),
        "report": report.class_report(graded, scores),
    }


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "in a bubblewrap jail"),
        (["jail-landlock"], "in the second kind of jail, Landlock"),
        (["no-jail"], "without a jail"),
    ],
)
def test_both_pages_say_which_jail_it_was(flags, words):
    row = {
        "status": "graded",
        "score": 3,
        "manual_pending": 0,
        "tasks": {},
        "flags": [{"id": name, "message": f"About {name}."} for name in flags],
    }
    unread = {**row, "status": "unreadable", "flags": []}
    graded = {"assignment": ASSIGNMENT, "max_score": 100, "students": {"ada": row, "bob": unread}}
    assert f"Ran: 1 {words}." in report.class_report(graded)
    assert f"Your notebook ran {words}." in report.feedback("ada", graded, RULES, {})
    assert "Your notebook ran" not in report.feedback("bob", graded, RULES, {})
    # That a whole class ran under Landlock is no mark at each student.
    assert ("About jail-landlock" in report.class_report(graded)) is False


def test_backticks_become_code_and_everything_is_escaped():
    both = pages("Look at `x[:, None] < <b>1</b>` and <i>not</i> here.", "Use `keepdims=True`.")
    for page in both.values():
        assert "<code>x[:, None] &lt; &lt;b&gt;1&lt;/b&gt;</code> and &lt;i&gt;not" in page
        assert "<code>keepdims=True</code>" in page and "`" not in page


FRAME = """<!doctype html><body><pre id="said"></pre>
<iframe style="width: {width}px; border: 0"></iframe><script>
const frame = document.querySelector("iframe")
frame.onload = () => {{
  const page = frame.contentDocument, box = page.documentElement
  const right = e => Math.ceil(e.getBoundingClientRect().right)
  document.querySelector("#said").textContent = JSON.stringify({{
    beyond: box.scrollWidth - box.clientWidth,
    pictures: [...page.querySelectorAll("svg")].map(right),
    code: [...page.querySelectorAll("pre:not(.prose)")].map(e => getComputedStyle(e).whiteSpace),
  }})
}}
frame.srcdoc = {page}
</script>"""


def measured(folder, page, width):
    """What chromium says of a page on a screen of this width."""
    frame = folder / "frame.html"
    text = json.dumps(page).replace("</", "<\\/")
    frame.write_text(FRAME.format(width=width, page=text))
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1400,900",
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return json.loads(re.search(r'<pre id="said">({.*?})</pre>', done.stdout)[1])


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["feedback", "report"])
def test_a_page_never_scrolls_sideways_and_code_keeps_its_indentation(tmp_path, name, width):
    assert CHROMIUM, "Expected Chromium on PATH, found none: apt install chromium."
    page = pages("The name " + "of_a_function_" * 20 + " and `its_code_" + "a" * 200 + "`.")[name]
    said = measured(tmp_path, page, width)
    assert said["beyond"] == 0
    assert all(right <= width for right in said["pictures"])
    assert set(said["code"]) <= {"pre"}
    assert bool(said["code"]) == (name == "feedback") and bool(said["pictures"]) == (name == "report")


def report_of(findings):
    """The class report of students with these findings in `mstep`: {student: [(id, message)]}."""
    rows = {
        student: {
            "status": "graded",
            "score": 80.0,
            "manual_pending": 0,
            "flags": [],
            "tasks": {
                "mstep": {
                    "points": 3.0,
                    "max": 15,
                    "outcome": "partial",
                    "findings": [{"id": id, "message": words, "hint": "Look <again>."} for id, words in own],
                }
            },
        }
        for student, own in findings.items()
    }
    return report.class_report({"assignment": ASSIGNMENT, "max_score": 100, "students": rows})


def mistakes_in(page):
    """(students, id, sentence, who) of each row of the mistakes' table."""
    table = page[page.index("Mistakes of the class") :]
    return [
        (count, re.sub("<.*?>", "", id), sentence.strip(), re.findall("<li>(.*?)</li>", who))
        for count, sentence, id, who in re.findall(
            r'<td class="number">(.*?)</td>\n'
            r'<td>(.*?) <code class="quiet">(.*?)</code>\n(.*?)</details>',
            table,
            re.DOTALL,
        )
    ]


def test_mistakes_are_counted_by_students_and_named_with_who_made_them():
    page = report_of(
        {
            "ada": [("a", "The same. At x = 1: got 3.")],
            "bo": [("b", "Shape [3].")],
            "<i>cy</i>": [("b", "Shape [4]."), ("a", "The same. At x = 2: got 4.")],
            "di": [("a", "The same."), ("raised", "KeyError: 'k' in cell mstep, line 3")],
        }
    )
    assert mistakes_in(page) == [
        ("3 of 4", "a", "The same.", ["ada: At x = 1: got 3.", "&lt;i&gt;cy&lt;/i&gt;: At x = 2: got 4."]),
        ("2 of 4", "b", "For example: Shape [3].", ["bo: Shape [3].", "&lt;i&gt;cy&lt;/i&gt;: Shape [4]."]),
        (
            "1 of 4",
            "raised",
            "The code raised an error.",
            ["di: KeyError: &#39;k&#39; in cell mstep, line 3"],
        ),
    ]
    mistakes = page[page.index("Mistakes of the class") :]
    assert "Look &lt;again&gt;." in mistakes and mistakes.count("<details>") == 4
    assert mistakes.count("1 rare mistake, made by one student<") == 1 and "<p>di</p>" in mistakes


def test_tasks_go_by_their_titles_and_written_answers_stand_below_their_question():
    rows = {
        "ada": {
            "status": "graded",
            "score": 0,
            "manual_pending": 5,
            "flags": [],
            "tasks": {
                "mstep": {
                    "points": 0,
                    "max": 15,
                    "outcome": "wrong",
                    "findings": [{"id": "a", "message": "No.", "hint": ""}],
                }
            },
        }
    }
    graded = {"assignment": ASSIGNMENT, "max_score": 100, "students": rows}
    marks = {"means_mse": gradebook.Mark(0, 5, None, None, True, True, "")}
    scores = {"ada": gradebook.Score(0, 5, 0, marks)}
    titles = {"mstep": "The `M` step", "means_mse": "Question B"}
    page = report.class_report(graded, scores, titles=titles)
    assert page.count("The <code>M</code> step") == 4 and "<code>mstep</code>" not in page
    assert '<option value="mstep">The M step</option>' in page and "<td>Question B</td>" in page
    questions = {"means_mse": markupsafe.Markup("<p>Why <em>not</em>?</p>")}
    wording = report.Wording("", titles, questions)
    page = report.feedback("ada", graded, RULES, {"means_mse": "So."}, scores, wording)
    assert page.index("Question B") < page.index("<p>Why <em>not</em>?</p>") < page.index("So.</pre>")


def test_a_class_without_mistakes_says_so():
    assert mistakes_in(report_of({"ada": []})) == []
    assert "<p>None.</p>" in report_of({"ada": []})


def test_the_report_has_one_median():
    rows = {
        name: {"status": status, "score": score, "manual_pending": 0, "tasks": {}, "flags": []}
        for name, status, score in (("ada", "graded", 100), ("bob", "graded", 80), ("eve", "unreadable", 0))
    }
    page = report.class_report({"assignment": ASSIGNMENT, "max_score": 100, "students": rows})
    assert "median score 90 of 100" in page and "Quartiles of the scores: 85, 90" in page
    assert 'aria-label="Histogram of scores: 0–10: 0,' in page


def test_names_link_to_the_pages_that_are_there():
    row = {"status": "graded", "score": 1, "manual_pending": 0, "tasks": {}, "flags": []}
    graded = {"assignment": ASSIGNMENT, "max_score": 1, "students": {"ada": row, "bob": row}}
    page = report.class_report(graded, with_page=["bob"])
    links = re.findall(r'<a href="(.*?)">(.*?)</a>', page)
    assert links == [(f"../../feedback/bob/{ASSIGNMENT}/{ASSIGNMENT}.html", "bob")]


def test_a_comment_in_code_is_no_title():
    cells = [
        nbformat.v4.new_markdown_cell(
            "## Nearest centre\nFor example:\n```python\n# two points\nx = 1\n```\nWrite it."
        ),
        nbformat.v4.new_code_cell("", metadata={"nbgrader": {"grade_id": "assign", "solution": True}}),
    ]
    (title,) = titles_of_release.titles_of(nbformat.v4.new_notebook(cells=cells)).values()
    assert title.name == "Nearest centre" and "# two points" in title.question
