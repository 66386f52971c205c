# attack: one line of a newer Python keeps a cell without an answer from being judged
# a person decides: the cell cannot be run here, and with a newer Python installed it is graded, and earns nothing
# %% cell mstep
def mstep(x, posterior):
    return None


try:
    unused = 1
except ValueError, TypeError:
    pass
