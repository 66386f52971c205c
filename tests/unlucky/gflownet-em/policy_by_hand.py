# unlucky: The policy has no layers: its weights are made in build, with the shapes of a data class in an added cell.
# expect: full
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.shape_of = Shapes(n_superclusters, n_petals, hidden)

    def build(self, x_shape, i_one_hot_shape=None):
        for name, shape in self.shape_of.weights():
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer="zeros" if len(shape) == 1 else "he_normal"))

    def call(self, x, i_one_hot):
        h = tf.nn.elu(x @ self.from_x + i_one_hot @ self.from_i + self.bias)
        out = h @ self.to_out + self.out_bias
        c = self.shape_of.n_superclusters
        return out[:, :c], out[:, c:-1], out[:, -1]
# %% before given_constants
import dataclasses


@dataclasses.dataclass
class Shapes:
    n_superclusters: int
    n_petals: int
    hidden: int

    def weights(self):
        out = self.n_superclusters + self.n_petals + 1
        yield "from_x", (2, self.hidden)
        yield "from_i", (self.n_superclusters, self.hidden)
        yield "bias", (self.hidden,)
        yield "to_out", (self.hidden, out)
        yield "out_bias", (out,)
