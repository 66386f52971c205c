# attack: objects that run code when they are unpickled or copied
# %% cell mstep
import os


class Bomb:
    def __reduce__(self): return os.system, ("touch /tmp/pickled",)
    def __deepcopy__(self, memo): os._exit(0)
    def __repr__(self): raise KeyboardInterrupt
    __str__ = __format__ = __repr__


def mstep(x, posterior):
    return Bomb(), [Bomb()], {"a": Bomb()}
