def mean_field_step(x, means, q_j):
    """Log odds of each option against the first one: their squares of x have cancelled already."""
    x, means, q_j = (np.asarray(a, dtype="float64") for a in (x, means, q_j))

    def choose(rest, options):
        step = options - options[0]
        halfway = (options + options[0]) / 2
        log_odds = np.einsum("nkd,kd->nk", rest[:, None] - halfway, step) / STD**2
        log_odds -= log_odds.max(axis=1, keepdims=True)
        odds = np.exp(log_odds)
        return odds / odds.sum(axis=1, keepdims=True)

    q_i = choose(x - q_j @ OFFSETS, means)
    return q_i, choose(x - q_i @ means, np.asarray(OFFSETS, dtype="float64"))
