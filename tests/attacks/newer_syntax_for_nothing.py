# attack: one line of a newer Python keeps a cell without an answer from being judged
# known hole: earns nothing, and costs a person's time: the task goes to a person
# %% cell mstep
def mstep(x, posterior):
    return None


try:
    unused = 1
except ValueError, TypeError:
    pass
