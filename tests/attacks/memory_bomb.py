# attack: allocates memory without end
# seconds: 20
# %% cell mstep
def mstep(x, posterior):
    held = []
    while True:
        held.append(np.ones(1 << 24))
