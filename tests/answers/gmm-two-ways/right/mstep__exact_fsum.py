import math
import operator


def mstep(x, posterior):
    """Plain Python floats and math.fsum, which adds without rounding errors. Returns three tuples."""
    points = np.ravel(x).astype("float64").tolist()
    columns = np.asarray(posterior, dtype="float64").T.tolist()

    def refit(weights):
        count = max(math.fsum(weights), 1e-30)
        mean = math.fsum(map(operator.mul, weights, points)) / count
        variance = math.fsum(w * (p - mean) ** 2 for w, p in zip(weights, points)) / count
        return math.log(count / len(points)), mean, math.log(max(variance, 1e-12)) / 2

    return tuple(zip(*map(refit, columns)))
