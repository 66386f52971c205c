# unlucky: Cells download data and read tables that only the student's disk has, for figures only.
# expect: full
# %% before data_log_likelihood
import urllib.request
import pandas as pd
urllib.request.urlretrieve("http://localhost:9/gfn/paper.pdf", "paper.pdf")
(images, labels), _ = tf.keras.datasets.mnist.load_data()
earlier = pd.read_csv("../results/earlier_runs.csv", index_col=0)
!wget -q http://localhost:9/table.csv
import requests
table = requests.get("http://localhost:9/table.json", timeout=3).json()
image = plt.imread("tree.png")
LOG_NORMALISER = np.log(2 * np.pi * STD**2)
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    distance = x[:, None, None] - component_means(means)
    log_normal = -0.5 * tf.reduce_sum(tf.square(distance / STD), axis=-1) - LOG_NORMALISER
    return tf.reduce_mean(tf.reduce_logsumexp(log_normal, axis=[1, 2])) - np.log(4 * len(means))
# %% after data_log_likelihood
plt.plot(earlier["exact"], label="last week")
plt.imshow(image)
