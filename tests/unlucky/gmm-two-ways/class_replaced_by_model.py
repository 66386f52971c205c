# unlucky: The last cell tries the classes out and gives the objects the names of their classes.
# expect: full
# %% last
GMM = GMM(3)
GMM(training_inputs)
EMGMM = EMGMM(3)
for step in range(3):
    EMGMM(training_inputs)
print(EMGMM.means.numpy())
