def component_means(means) -> list[list[list[float]]]:
    rows = np.asarray(means).tolist()
    petals = OFFSETS.tolist()
    return [[[a + b for a, b in zip(mean, petal)] for petal in petals] for mean in rows]
