"""A notebook as a person meets it in JupyterLab and in Notebook 7: cells, menus, buttons, words."""

import nbformat

TODO = "raise NotImplementedError"
# Cells change their height when they come into view: scroll until nothing has moved for ten frames.
TO_THE_MIDDLE = """async element => {
    for (let still = 0, last; still < 10;) {
        element.scrollIntoView({block: "center"});
        await new Promise(requestAnimationFrame);
        const top = element.getBoundingClientRect().top;
        still = top === last ? still + 1 : 0;
        last = top;
    }
}"""


class NotebookPage:
    """An open notebook; cells are named by their id in the file.

    Args:
        page: Playwright's page.
        path: the file, from which the order of the cells is read.
        address: where the server shows it.
        pictures: folder of the screenshots.
    """

    def __init__(self, page, path, address, pictures):
        from playwright.sync_api import expect

        self.page, self.path, self.pictures, self.expect = page, path, pictures, expect
        self.ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]
        page.goto(address)
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        expect(self.cells).to_have_count(len(self.ids))
        self.idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first
        expect(self.idle).to_be_attached()

    def cell(self, identity):
        return self.cells.nth(self.ids.index(identity))

    def output(self, identity):
        return self.cell(identity).locator(".jp-OutputArea-output")

    def type_answer(self, identity, body, replaced=TODO):
        """Replace a line of a cell, from its first character that is no space, by other lines."""
        line = self.cell(identity).locator(".cm-line", has_text=replaced)
        line.click()
        self.page.keyboard.press("End")
        self.page.keyboard.press("Shift+Home")
        # As if pasted: the editor indents no line by itself.
        self.page.keyboard.insert_text(body)

    def retype(self, identity, source):
        """Replace all of a cell."""
        self.cell(identity).locator(".cm-content").click()
        # Typed too early, the keys are commands of the notebook.
        self.expect(self.cell(identity).locator(".cm-focused")).to_be_visible()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def menu(self, name, item):
        self.page.get_by_role("menuitem", name=name, exact=True).first.click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def run_all(self):
        self.menu("Run", "Run All Cells")

    def run_below(self, source):
        """Add a cell below all others and run it; its output."""
        self.cells.last.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("b")
        self.expect(self.cells).to_have_count(len(self.ids) + 1)
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        return self.cells.last.locator(".jp-OutputArea-output")

    def run_last(self):
        """Run the last cell again; its output."""
        self.cells.last.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        return self.cells.last.locator(".jp-OutputArea-output")

    def says(self, identity, words):
        """Wait until the words stand below a cell."""
        self.expect(self.output(identity).filter(has_text=words).first).to_be_visible()

    def save(self):
        """The notebook as it is on the disk afterwards."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
        ):
            self.page.keyboard.press("Control+s")
        return nbformat.read(self.path, as_version=4)

    def validate(self):
        """Press nbgrader's button; the words of the dialog that comes up."""
        self.page.locator(".validate-button").click()
        dialog = self.page.get_by_role("dialog")
        self.expect(dialog).to_contain_text("Validation Results")
        return dialog

    def picture(self, name, shown=None):
        """Take a screenshot, with what is shown in its middle."""
        if shown is not None:
            self.expect(self.idle).to_be_attached()  # running, the page scrolls by itself
            shown.evaluate(TO_THE_MIDDLE)
        self.page.screenshot(path=self.pictures / f"{name}.png")
