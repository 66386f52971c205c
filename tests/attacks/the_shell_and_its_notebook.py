# attack: get_ipython() leads to the notebook that runs the cells: its namespace, its tasks, its sender
# %% cell mstep
def mstep(x, posterior):
    return 0, 0, 0


notebook = get_ipython().notebook
notebook.tasks.clear()
notebook.slow.extend([[0, 0]] * 3000)
notebook.defined.update({name: len for name in ("GMM", "EMGMM", "loss", "train", "mixture_likelihood")})
notebook.preset.update("x" * 5000 for _ in range(3))
notebook.trees.clear()
type(notebook).run = lambda *arguments, **named: None
type(notebook).needless = lambda self: [[10**6, 0]] * 1999
type(notebook).overwritten = lambda self: {"mstep": lambda x, r: (0, 0, 0)}
