# mistake: gradients are clipped
# expect: partial
# credit: 1.6-2.4
# finding: gradients-clipped
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        g = [tf.clip_by_norm(v, .1) for v in t.gradient(l, model.trainable_variables)]
        optimizer.apply_gradients(zip(g, model.trainable_variables))
