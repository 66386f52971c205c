from typing import Optional


class GMM(tf.keras.Model):
    """Gaussian mixture with k components, to be trained by gradient."""

    def __init__(self, k: int, stddev: float = 0.1, seed: Optional[int] = None, **kwargs):
        super().__init__(**kwargs)
        self.k = k
        # three initializers: one with a fixed seed would give the same numbers three times
        seeds = [None if seed is None else seed + i for i in range(3)]
        start = [tf.keras.initializers.RandomNormal(stddev=stddev, seed=s) for s in seeds]
        self.logits = self.add_weight(shape=(k,), initializer=start[0], name="logits", trainable=True)
        self.means = self.add_weight(shape=(k,), initializer=start[1], name="means", trainable=True)
        self.lsigmas = self.add_weight(shape=(k,), initializer=start[2], name="lsigmas", trainable=True)

    def call(self, inputs, training: Optional[bool] = None) -> tf.Tensor:
        """Log-likelihood of each row: inputs (N, 1) -> (N, 1)."""
        del training  # the same in training and evaluation
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 1)
