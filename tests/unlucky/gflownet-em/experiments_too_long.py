# unlucky: Experiments of several minutes stand between the answers, one of them in an answer cell.
# expect: full
# %% after exact_m_step
many = {}
for seed in range(400):
    many[seed] = np.asarray(exact_m_step(data, np.random.default_rng(seed).dirichlet(np.ones(16), len(data)).reshape(-1, 4, 4)))
    time.sleep(0.5)
# %% after gfn_em
sweep = {rate: gfn_em(data, TORN_MEANS, 40, 200, rate) for rate in (1e-3, 3e-3, 1e-2, 3e-2)}
best_rate = max(sweep, key=lambda rate: float(data_log_likelihood(data, sweep[rate])))
# %% bottom mean_field_step


time.sleep(90)  # give the laptop time to cool down
assert np.allclose(sum(mean_field_step(data, TRUE_MEANS, np.full((len(data), 4), 0.25, "float32"))[0][0]), 1)
