"""Pairs of submissions to read: planted copies come first, and what all share does not count."""

import ast
import itertools
import json
import random
import re
from pathlib import Path
from types import SimpleNamespace

import made
import nbformat
import numpy as np
import pytest
from command_line import output
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import tasks
from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.course.term import roster, same_answers, similar
from autograder.engine import answers, grading, submission, syntax
from autograder.jail import DEFAULT_LIMITS, Transcript
from autograder.report import side_by_side, titles

pytestmark = pytest.mark.usefixtures("judge_without_running")

A = made.ASSIGNMENT
ANSWERS = Path(__file__).parents[2] / "answers" / "gmm-two-ways"
KNOWN = {"np", "tf", "keras", "tfp", "scipy"}


def variants():
    """{task: [source]} of all answers, right and wrong, that the tests know."""
    found = {}
    for path in sorted([*ANSWERS.glob("right/*.py"), *ANSWERS.glob("wrong/*.py")]):
        if syntax.is_python(path.read_text()) and "%%" not in path.read_text():
            found.setdefault(path.stem.partition("__")[0], []).append(path.read_text())
    return {task: texts for task, texts in found.items() if len(texts) > 30}


class Renamed(ast.NodeTransformer):
    def visit_Name(self, node):
        node.id = node.id if node.id in KNOWN else f"{node.id}_"
        return node

    def visit_arg(self, node):
        node.arg = f"{node.arg}_"
        return node


def renamed(text):
    return ast.unparse(Renamed().visit(ast.parse(text)))


def commented(text):
    lines = enumerate(text.split("\n"))
    return "".join(f"{line}  # note {n}\n" if line.strip() else f"{line}\n" for n, line in lines)


def reordered(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body.reverse()
    return ast.unparse(tree)


def with_helper(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value:
            node.value = ast.Call(ast.Name("_checked"), [node.value], [])
    helper = ast.parse("def _checked(value):\n    assert value is not None\n    return value")
    return ast.unparse(ast.fix_missing_locations(ast.Module(helper.body + tree.body, [])))


DISGUISES = (renamed, commented, reordered, with_helper, lambda text: re.sub(r" = ", "=", text))


def class_with_copies(chance, honest):
    """(what each wrote, planted pairs): of many students, four gave the same answer to each task."""
    pool = variants()
    picked = {task: chance.sample(texts * (1 + honest // len(texts)), honest) for task, texts in pool.items()}
    wrote = {f"s{n:02d}": {task: texts[n] for task, texts in picked.items()} for n in range(honest)}
    planted = set()
    for n in range(10):
        victim, copier = f"s{n:02d}", f"t{n:02d}"
        wrote[copier] = {task: DISGUISES[n % 5](text) for task, text in wrote[victim].items()}
        planted.add((victim, copier))
    return wrote, planted


def read_of(wrote):
    """{student: passages} of a class's answers."""
    return {
        student: similar.passages_of({task: (text, True) for task, text in texts.items()})
        for student, texts in wrote.items()
    }


def passages_of_cells():
    """(what all share, what the reference's cells hold)."""
    release, reference = (
        submission.read_release(tasks.shipped(place) / A / f"{A}.ipynb")
        for place in ("assignments", "solutions")
    )
    cells = release.cells + reference.cells
    common = {n: (cell.source, cell.cell_type == "code") for n, cell in enumerate(cells)}
    solved = {
        c.metadata.nbgrader.grade_id: (c.source, True)
        for c in reference.cells
        if c.cell_type == "code" and submission.grade_id(c)
    }
    return similar.passages_of(common), similar.passages_of(solved)


@pytest.mark.parametrize(
    "honest, first, classes",
    [(35, 10, 1), *(pytest.param(*many, marks=pytest.mark.slow) for many in ((35, 10, 4), (190, 25, 1)))],
)
def test_planted_copies_come_first(honest, first, classes):
    """Of ten copies in each class, at most one in all the classes comes later than the first pairs."""
    common, _ = passages_of_cells()
    late = []
    for seed in range(classes):
        wrote, planted = class_with_copies(random.Random(seed), honest)
        chosen = similar.ranked(similar.scores(similar.told_apart(read_of(wrote), common)), {}, first)
        late += planted - {pair.students for pair in chosen}
    assert len(late) <= (classes > 1), late


def test_the_references_own_answers_are_no_evidence():
    common, solved = passages_of_cells()
    read = read_of(class_with_copies(random.Random(0), 12)[0]) | {"x": solved, "y": solved}
    assert not similar.told_apart(read, common)["x"]


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text(min_size=1),
        st.dictionaries(st.integers(0, 20), st.sampled_from("AB")),
        min_size=2,
        max_size=12,
    )
)
def test_scores_are_the_roots_of_the_information_in_each_cell(features):
    n, expected = len(features), {}
    for one, other in itertools.combinations(sorted(features), 2):
        both = features[one].keys() & features[other].keys()
        by_cell = {"A": 0.0, "B": 0.0}  # by the cells of the first student
        for feature in both:
            by_cell[features[one][feature]] += np.log(
                n / sum(feature in owned for owned in features.values())
            )
        if score := sum(np.sqrt(list(by_cell.values()))):
            expected[one, other] = score
    assert similar.scores(features) == pytest.approx(expected)


def test_what_many_have_is_no_evidence():
    wrong = {f"s{n}": {"mstep": ({b"everybody's", f"own {n}".encode()}, "")} for n in range(40)}
    wrong["s1"]["mstep"][0].add(b"of two")
    wrong["s2"]["mstep"][0].add(b"of two")
    assert similar.same_answers(wrong) == {("s1", "s2"): {"mstep": (pytest.approx(np.log(20)), "")}}
    for n in range(3, 12):  # a known mistake that many made explains equal numbers of two
        wrong[f"s{n}"]["mstep"] = (wrong[f"s{n}"]["mstep"][0], "No axis.")
    for n in (1, 2):
        wrong[f"s{n}"]["mstep"] = (wrong[f"s{n}"]["mstep"][0], "No axis.")
    assert similar.same_answers(wrong) == {}


def recorded(told):
    """A kept record of one conversation in which these answers came: {question: array}."""
    frames = [{"event": "answer", "question": q, "answer": {"value": value}} for q, value in told.items()]
    worker = SimpleNamespace(prepare=lambda _: None, ask=lambda *_: Transcript(frames, "finished", 0.1, ""))
    asking = answers.Recorded({}, DEFAULT_LIMITS, True, lambda: worker)
    asking.ask({"cells": []}, 1.0)
    return asking.written()


def test_equal_wrong_answers_are_found_in_records_in_whichever_fork_they_came():
    rules = tasks.load(A)
    odd, usual = np.linspace(0, 1, 50), np.linspace(1, 2, 50)
    some = {"mstep three": odd, "mixture_likelihood wide": usual, "mstep six": np.zeros(50)}
    records = {
        "a": recorded(some),
        "b": recorded({"column-wide": np.arange(9.0)} | {"three": odd}),
        "c": recorded({"mstep three": odd + 1e-15}),
        "d": recorded({"mixture_likelihood wide": usual}),
        "e": b"damaged",
    }

    def row(points):
        task = {"points": points, "max": 15, "findings": [{"id": "not-a-known-mistake", "message": ""}]}
        return {"tasks": {"mstep": task, "mixture_likelihood": task | {"points": 15 if points else 0}}}

    report = {"students": {"a": row(0), "b": row(0), "c": row(0), "d": row(15), "e": row(0)}}
    found = same_answers.wrong_answers(report, records, rules, "secret")
    assert "mixture_likelihood" not in found["a"]  # d gave the same and has all points
    assert similar.same_answers(found)[("a", "b")].keys() == {"mstep"}
    assert set(similar.same_answers(found)) == {("a", "b")}


def judged(workers, path, release, rules, *_):
    """All lose half of mstep, without a known mistake; the first two with the same numbers."""
    name = path.parents[1].name
    results = {t.id: grading.TaskResult(float(t.points), t.points, "correct") for t in rules.tasks}
    results["mstep"] = grading.TaskResult(0.0, 15, "wrong")
    seed = 0 if name in ("ada", "bela") else ord(name[0])
    record = recorded({"mstep six": np.random.default_rng(seed).random(30)})
    return grading.Result("graded", (), results, submission.read(path, release)), record


def test_the_page_shows_the_pair_and_says_that_it_is_no_verdict(tmp_path, release):
    place = courses.init(tmp_path / "course")
    for name in ("ada", "bela", "chen", "dora", "emil"):
        path = place.root / "submitted" / name / A / f"{A}.ipynb"
        path.parent.mkdir(parents=True)
        copied = "The mean density is <b>one tenth</b> because the grid is regular."
        words = copied if name < "c" else f"{name}."
        path.write_bytes(made.notebook(release, words))
    roster.save(place, {"ada": roster.Person("ada", "Lovelace", "Ada")})
    classes.grade(place, A)
    assert "among 5 submissions: 1." in output("similar", A, "--course", place.root)
    path = place.reports(A) / "similar.html"
    page = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "Ada Lovelace and bela" in page and "not evidence of copying and gives no" in page
    assert "The same wrong answer to the last bit in <code>mstep</code>, and no known mistake" in page
    assert page.count("<mark>The mean density is &lt;b&gt;one tenth") == 2
    for other in (p for p in place.root.rglob("*") if p.is_file() and p.suffix in (".csv", ".json", ".xlsx")):
        assert "similar" not in other.read_text()


def test_the_page_of_a_class_that_shares_nothing():
    found = side_by_side.Class([], {}, {}, 3, 3)
    text = side_by_side.page(A, found, {}, {}, 3)
    assert "No two submissions share" in text and "For 3 of the submissions no answers" in text


def test_marks_are_united_and_escaped():
    assert similar.united([(5, 9), (0, 3), (8, 12), (3, 4)]) == [(0, 4), (5, 12)]
    assert side_by_side.with_marks("a<b>c", [(1, 4)]) == "a<mark>&lt;b&gt;</mark>c"


def test_titles_are_the_headings_above_the_answers(release):
    found = titles.titles_of(release)
    assert found["mstep"].name == "`mstep`" and found["means_mse"].name == "Question B"
    assert found["expected_density"].question.startswith("In `plot_density`, with the true parameters")
    marks = {"grade": True, "solution": True, "points": 1}
    about = [{"nbgrader": marks | {"grade_id": id}} for id in "abc"]
    written = [nbformat.v4.new_markdown_cell("", metadata=one) for one in about]
    cells = [written[0], nbformat.v4.new_markdown_cell("## Both (2 points)\nWhy?"), *written[1:]]
    named = titles.titles_of(nbformat.v4.new_notebook(cells=cells))
    assert [named[id].name for id in "abc"] == ["a", "Both (`b`)", "Both (`c`)"]
    assert named["b"].question == "Why?" and json.dumps(named)
