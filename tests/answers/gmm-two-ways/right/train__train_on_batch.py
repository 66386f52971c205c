# style: train_on_batch in a tqdm loop
from tqdm import tqdm

def train(model, optimizer, inputs, steps):
    model.compile(optimizer=optimizer, loss=lambda _, log_p: -tf.reduce_mean(log_p))
    x = np.asarray(inputs)
    for _ in tqdm(range(steps)):
        model.train_on_batch(x, x)
