# unlucky: Colab's forms: sliders and drop-down lists set constants, and titles stand above answers.
# expect: full
# file: colab-metadata
# %% first
#@title Settings { vertical-output: true }
HIDDEN = 48  #@param {type:"slider", min:8, max:128, step:8}
ACTIVATION = "leaky_relu"  #@param ["relu", "leaky_relu", "gelu"] {allow-input: true}
SAVE_TO = "/content/drive/MyDrive/gfn"  #@param {type:"string"}
#@markdown ---
from google.colab import drive, files, userdata, output
drive.mount("/content/drive", force_remount=True)
output.enable_custom_widget_manager()
HF_TOKEN = userdata.get("HF_TOKEN")
EXPLORE = 0.1  #@param {type:"number"}
# %% cell policy
#@title Policy network
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=HIDDEN):
        super().__init__()
        self.body = tf.keras.Sequential([tf.keras.layers.Dense(hidden, activation=ACTIVATION)])
        self.to_i, self.to_j, self.to_z = (tf.keras.layers.Dense(n) for n in (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([x, i_one_hot], axis=1))
        return self.to_i(h), self.to_j(h), tf.reshape(self.to_z(h), [-1])
# %% after gfn_em
files.download("means.csv")
# %% last
from google.colab import runtime
runtime.unassign()
