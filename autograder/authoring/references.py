"""Right functions from the reference cells of a source notebook, to stand in for a student's."""

from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.engine import identities, outline, syntax

MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")


class References:
    """What the code cells of a source notebook define, tests left out.

    Args:
        notebook: the source, with its solutions.
        others: {name: source text} of right functions that the judge gives instead.
    """

    def __init__(self, notebook: NotebookNode, others: Mapping[str, str]):
        self.others = others
        self.statements: list[tuple[outline.Statement, str]] = []  # with the text of each
        for cell in notebook.cells:
            if cell.cell_type != "code" or identities.points(cell) is not None:
                continue
            source = "\n".join(line for line in syntax.lines_of(cell.source) if line.strip() not in MARKS)
            lines = syntax.lines_of(source)
            for node in syntax.statements_or_none(source):
                text = syntax.text_of(lines, node)
                self.statements.append((outline.Statement(node, outline.names_of(text, node)), text))

    def defines(self, name: str) -> bool:
        return name in self.others or any(name in part.names.sets for part, _ in self.statements)

    def __call__(self, names: tuple[str, ...]) -> str:
        """A source text that defines these names as the reference does, and nothing else in public."""
        texts = []
        for number, name in enumerate(names):
            scope = f"_scope_{number}"
            source = self.others.get(name) or self.source(name)
            texts.append(
                f"{scope} = {{'__name__': 'right'}}\nexec({source!r}, {scope})\n{name} = {scope}[{name!r}]"
            )
        return "\n".join(texts)

    def source(self, name: str) -> str:
        """The statements that a definition needs, in the order of the notebook."""
        parts = [part for part, _ in self.statements]
        needed = outline.made_from(parts, [name], lambda part: part.names.sets)
        return "\n".join(text for part, text in self.statements if part.names.sets & needed)
