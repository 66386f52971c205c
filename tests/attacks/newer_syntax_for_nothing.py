# attack: one line in a newer Python's syntax keeps an empty answer from being judged
# a person decides: this Python cannot run the cell; where a newer one is installed, it is graded and earns nothing
# %% cell mstep
def mstep(x, posterior):
    return None


try:
    unused = 1
except ValueError, TypeError:
    pass
