# unlucky: Sliders of ipywidgets and interactive backends play with the answers; grading has neither.
# expect: full
# %% before policy
%matplotlib widget
import ipywidgets as widgets
from ipywidgets import interact
rate = widgets.FloatLogSlider(value=1e-2, min=-4, max=0)
display(rate)
%gui qt
plt.ion()
WIDTH = 40
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=None):
        super().__init__()
        self.first = tf.keras.layers.Dense(hidden or WIDTH, activation="relu")
        self.heads = tf.keras.layers.Dense(n_superclusters + n_petals + 1)
        self.c = n_superclusters

    def call(self, x, i_one_hot):
        out = self.heads(self.first(tf.concat([x, i_one_hot], axis=-1)))
        return out[:, :self.c], out[:, self.c:-1], out[:, -1]


@interact(steps=(1, 50, 5))
def explore(steps=1):
    plt.plot(np.random.rand(steps))
    plt.show()
# %% after policy
widgets.interactive_output(lambda n: print(n), {"n": widgets.IntSlider(3)})
