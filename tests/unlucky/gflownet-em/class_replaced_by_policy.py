# unlucky: The last cells give results the names of the functions that made them, and a model that of its class.
# expect: full
# %% last
data_log_likelihood = data_log_likelihood(data, TRUE_MEANS)
Policy = Policy()
sample_posterior = sample_posterior(Policy, data[:5])
for exact_posterior in [exact_posterior(data[:2], TRUE_MEANS)]:
    print(exact_posterior)
component_means, sample_data = component_means(TRUE_MEANS), 1000
# %% last
with open("means.txt", "w") as gfn_em:
    gfn_em.write(str(component_means))
