# mistake: an Adam of its own
# expect: partial
# credit: 1.6-2.4
# finding: own-optimizer
def train(model, optimizer, inputs, steps):
    opt = tf.keras.optimizers.Adam(0.01)
    for _ in range(steps):
        with tf.GradientTape() as t:
            l = loss(model, inputs)
        opt.apply_gradients(zip(t.gradient(l, model.trainable_variables), model.trainable_variables))
