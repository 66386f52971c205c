# style: layers in a list, made in build; log-softmax is a logit too
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.sizes, self.width = (n_superclusters, n_petals, 1), hidden

    def build(self, *shapes, **more):
        self.trunk = [tf.keras.layers.Dense(self.width, activation="gelu") for _ in range(2)]
        self.heads = {str(k): tf.keras.layers.Dense(n) for k, n in enumerate(self.sizes)}
        self.built = True

    def call(self, x, i_one_hot):
        h = tf.concat([x, i_one_hot], 1)
        for layer in self.trunk:
            h = layer(h)
        return (tf.nn.log_softmax(self.heads["0"](h)), tf.nn.log_softmax(self.heads["1"](h)),
                tf.reduce_sum(self.heads["2"](h), axis=1))
