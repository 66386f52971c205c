def train(model, optimizer, inputs, steps):
    from tqdm.auto import tqdm
    def step():
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in model.trainable_variables])
            nll = -tf.reduce_mean(model(inputs))
        g = tape.gradient(nll, [v.value for v in model.trainable_variables])
        optimizer.apply_gradients(list(zip(g, model.trainable_variables)))
        return nll
    bar = tqdm(range(steps))
    for _ in bar:
        bar.set_postfix(nll=float(step()))
