# attack: endless loops, in a cell and in a function
# outcome: mstep timeout
# seconds: 3
# %% cell mstep
def mstep(x, posterior):
    while True:
        pass

# %% cell added
while True:
    pass
