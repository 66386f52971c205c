# attack: decorators, defaults, metaclasses and imports run at every place they can
# %% cell mstep
import sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        raise SystemExit(name)


sys.meta_path.insert(0, Finder)
sys.path_hooks.clear()


def mstep(x, posterior, *, _=[sys.modules.pop(name) for name in list(sys.modules) if name.startswith("numpy")]):
    return 1, 2, 3
