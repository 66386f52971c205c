# attack: ids are taken off, and each cell defines another's functions, some of them many times
# assignment: gflownet-em
# %% cell exact_posterior {"grade_id": "exact_posterior2"}
def exact_posterior(x, means): return means
def exact_m_step(x, q): return x

# %% cell exact_m_step {"grade_id": null}
def exact_posterior(x, means): return x
def mean_field_step(x, means, q_j): return q_j, q_j

# %% cell mean_field_step {"grade_id": ["exact_m_step"]}
def exact_m_step(x, q): return q
def component_means(means): return means

# %% cell component_means {"grade_id": "gfn_em"}
def gfn_em(x, means, *effort): return means

# %% cell gfn_em {"grade_id": "component_means"}
def component_means(means): return 0
