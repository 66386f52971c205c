# unlucky: The last cell repeats a figure with more noise and leaves STD, a given constant, changed.
# expect: full
# %% last
for STD in (0.1, 0.25, 1.0):
    wider = sample_data(300, TRUE_MEANS)
    plt.scatter(*np.asarray(wider).T, s=2, label=f"sigma {STD}")
plt.legend()
plt.close()
OFFSETS = 3 * OFFSETS  # and petals that lie apart
plt.scatter(*np.asarray(sample_data(300, TRUE_MEANS)).T, s=2)
plt.close()
