# attack: markup in messages of TensorFlow, in names of classes, layers and functions, in source lines and arrays
# assignment: gflownet-em
# outcome: exact_m_step error
# %% cell exact_m_step
def exact_m_step(x, q):
    tf.debugging.assert_equal(1, 2, message="</pre><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}")

# %% cell exact_posterior
def exact_posterior(x, means):
    raise type("<iframe srcdoc='<script>alert(2)</script>'>", (ValueError,), {})("]]><![CDATA[<script>")

# %% cell component_means
exec(compile("def component_means(means):\n    raise ValueError", "<img src=x onerror=alert(3)>", "exec"))
component_means.__name__ = component_means.__qualname__ = "<script>alert(3)</script>"

# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    tf.io.decode_raw("x", tf.float32)[99999]; raise KeyError("<script>alert(4)</script>\u202e\u2028\x1b[31m\x00\ufeff")

# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    error = ValueError("plain")
    error.add_note("<script>alert(5)</script>")
    raise error from type("<img src=y>", (Exception,), {})("<script>")

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return np.array([["<script>alert(6)</script>"] * 4] * len(x)), np.array([["<img src=z>"] * 4] * len(x), object)

# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, *sizes, **named):
        super().__init__(name="<script>alert(7)</script>")
        self.layer = tf.keras.layers.Dense(3, name="<img src=x>")

    def call(self, x, i_one_hot):
        return self.layer(tf.zeros([1, 2, "<script>alert(8)</script>"]))

Policy.__name__ = Policy.__qualname__ = "<script>alert(9)</script>"
