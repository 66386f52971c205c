def data_log_likelihood(x, means):
    """Add the densities in pairs, then the sums in pairs, and so on, always in log space."""
    x = np.asarray(x, dtype="float64")

    def log_add(a, b):
        return np.maximum(a, b) + np.log1p(np.exp(-np.abs(a - b)))

    players = [-np.square(x - m - o).sum(axis=1) / (2 * STD**2) for m in np.asarray(means) for o in OFFSETS]
    leaves = len(players)
    while len(players) > 1:
        pairs = [log_add(a, b) for a, b in zip(players[::2], players[1::2])]
        if len(players) % 2:  # nobody to play against: goes through to the next round
            pairs.append(players[-1])
        players = pairs
    return float(np.mean(players[0]) - np.log(leaves * 2 * np.pi * STD**2))
