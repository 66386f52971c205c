# unlucky: A module is made in memory by exec and imported; source and signatures are looked up; a comment is one endless line.
# expect: full
# %% before component_means
import inspect
import textwrap
import types

SOURCE = textwrap.dedent("""
    '''The model of the tree.'''
    import numpy as np

    SIGMA = 1.0


    def leaves(means, offsets):
        return np.asarray(means)[:, None] + offsets


    def log_table(x, means, offsets):
        '''log p(x, i, j) without log(C P), (N, C, P).'''
        away = np.asarray(x, dtype="float64")[:, None, None] - leaves(means, offsets)
        return -np.sum(away**2, axis=-1) / (2 * SIGMA**2) - np.log(2 * np.pi * SIGMA**2)
""")
tree_model = types.ModuleType("tree_model", "made in memory")
exec(compile(SOURCE, "<tree_model>", "exec"), tree_model.__dict__)
sys.modules["tree_model"] = tree_model
tree_model.SIGMA = STD
# %% cell component_means
# 🦊 log of yesterday, one line: step 0: loss 6.000, step 20: loss 4.000, step 40: loss 3.000, step 60: loss 2.400, step 80: loss 2.000, step 100: loss 1.714, step 120: loss 1.500, step 140: loss 1.333, step 160: loss 1.200, step 180: loss 1.091, step 200: loss 1.000, step 220: loss 0.923, step 240: loss 0.857, step 260: loss 0.800, step 280: loss 0.750, step 300: loss 0.706, step 320: loss 0.667, step 340: loss 0.632, step 360: loss 0.600, step 380: loss 0.571, step 400: loss 0.545, step 420: loss 0.522, step 440: loss 0.500, step 460: loss 0.480, step 480: loss 0.462, step 500: loss 0.444, step 520: loss 0.429, step 540: loss 0.414, step 560: loss 0.400, step 580: loss 0.387, step 600: loss 0.375, step 620: loss 0.364, step 640: loss 0.353, step 660: loss 0.343, step 680: loss 0.333, step 700: loss 0.324, step 720: loss 0.316, step 740: loss 0.308, step 760: loss 0.300, step 780: loss 0.293, step 800: loss 0.286, step 820: loss 0.279, step 840: loss 0.273, step 860: loss 0.267, step 880: loss 0.261, step 900: loss 0.255, step 920: loss 0.250, step 940: loss 0.245, step 960: loss 0.240, step 980: loss 0.235, step 1000: loss 0.231, step 1020: loss 0.226, step 1040: loss 0.222, step 1060: loss 0.218, step 1080: loss 0.214, step 1100: loss 0.211, step 1120: loss 0.207, step 1140: loss 0.203, step 1160: loss 0.200, step 1180: loss 0.197, step 1200: loss 0.194, step 1220: loss 0.190, step 1240: loss 0.188, step 1260: loss 0.185, step 1280: loss 0.182, step 1300: loss 0.179, step 1320: loss 0.176, step 1340: loss 0.174, step 1360: loss 0.171, step 1380: loss 0.169, step 1400: loss 0.167, step 1420: loss 0.164, step 1440: loss 0.162, step 1460: loss 0.160, step 1480: loss 0.158, step 1500: loss 0.156, step 1520: loss 0.154, step 1540: loss 0.152, step 1560: loss 0.150, step 1580: loss 0.148, step 1600: loss 0.146, step 1620: loss 0.145, step 1640: loss 0.143, step 1660: loss 0.141, step 1680: loss 0.140, step 1700: loss 0.138, step 1720: loss 0.136, step 1740: loss 0.135, step 1760: loss 0.133, step 1780: loss 0.132, step 1800: loss 0.130, step 1820: loss 0.129, step 1840: loss 0.128, step 1860: loss 0.126, step 1880: loss 0.125, step 1900: loss 0.124, step 1920: loss 0.122, step 1940: loss 0.121, step 1960: loss 0.120, step 1980: loss 0.119, step 2000: loss 0.118, step 2020: loss 0.117, step 2040: loss 0.115, step 2060: loss 0.114, step 2080: loss 0.113, step 2100: loss 0.112, step 2120: loss 0.111, step 2140: loss 0.110, step 2160: loss 0.109, step 2180: loss 0.108, step 2200: loss 0.107, step 2220: loss 0.106, step 2240: loss 0.105, step 2260: loss 0.104, step 2280: loss 0.103, step 2300: loss 0.103, step 2320: loss 0.102, step 2340: loss 0.101, step 2360: loss 0.100, step 2380: loss 0.099, step 2400: loss 0.098, step 2420: loss 0.098, step 2440: loss 0.097, step 2460: loss 0.096, step 2480: loss 0.095, step 2500: loss 0.094, step 2520: loss 0.094, step 2540: loss 0.093, step 2560: loss 0.092, step 2580: loss 0.092, step 2600: loss 0.091, step 2620: loss 0.090, step 2640: loss 0.090, step 2660: loss 0.089, step 2680: loss 0.088, step 2700: loss 0.088, step 2720: loss 0.087, step 2740: loss 0.086, step 2760: loss 0.086, step 2780: loss 0.085, step 2800: loss 0.085, step 2820: loss 0.084, step 2840: loss 0.083, step 2860: loss 0.083, step 2880: loss 0.082, step 2900: loss 0.082, step 2920: loss 0.081, step 2940: loss 0.081, step 2960: loss 0.080, step 2980: loss 0.079, step 3000: loss 0.079, step 3020: loss 0.078, step 3040: loss 0.078, step 3060: loss 0.077, step 3080: loss 0.077, step 3100: loss 0.076, step 3120: loss 0.076, step 3140: loss 0.075, step 3160: loss 0.075, step 3180: loss 0.075, step 3200: loss 0.074, step 3220: loss 0.074, step 3240: loss 0.073, step 3260: loss 0.073, step 3280: loss 0.072, step 3300: loss 0.072, step 3320: loss 0.071, step 3340: loss 0.071, step 3360: loss 0.071, step 3380: loss 0.070, step 3400: loss 0.070, step 3420: loss 0.069, step 3440: loss 0.069, step 3460: loss 0.069, step 3480: loss 0.068, step 3500: loss 0.068, step 3520: loss 0.067, step 3540: loss 0.067, step 3560: loss 0.067, step 3580: loss 0.066, step 3600: loss 0.066, step 3620: loss 0.066, step 3640: loss 0.065, step 3660: loss 0.065, step 3680: loss 0.065, step 3700: loss 0.064, step 3720: loss 0.064, step 3740: loss 0.063, step 3760: loss 0.063, step 3780: loss 0.063, step 3800: loss 0.062, step 3820: loss 0.062, step 3840: loss 0.062, step 3860: loss 0.062, step 3880: loss 0.061, step 3900: loss 0.061, step 3920: loss 0.061, step 3940: loss 0.060, step 3960: loss 0.060, step 3980: loss 0.060
import tree_model as tree
from tree_model import leaves


def component_means(means):
    return leaves(means, OFFSETS)
# %% after component_means
print(inspect.getsource(component_means))
SIGNATURES = {name: str(inspect.signature(globals()[name])) for name in ("component_means", "sample_data")}
print(tree_model.__doc__)
# %% cell data_log_likelihood
from tree_model import *


def data_log_likelihood(x, means):
    table = log_table(x, means, OFFSETS)
    return np.mean(np.logaddexp.reduce(table.reshape(len(x), -1), axis=1)) - np.log(table[0].size)
# %% cell exact_posterior
assert str(inspect.signature(component_means)) == SIGNATURES["component_means"]


def exact_posterior(x, means):
    table = tree.log_table(x, means, OFFSETS)
    weights = np.exp(table - table.max(axis=(1, 2), keepdims=True))
    return weights / weights.sum(axis=(1, 2), keepdims=True)
