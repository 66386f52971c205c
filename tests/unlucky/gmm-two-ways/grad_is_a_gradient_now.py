# unlucky: A last cell looks at one gradient and calls it grad, the name of the given function that train uses.
# expect: full
# %% last
some_model = GMM(4)
with tf.GradientTape() as tape:
    value = loss(some_model, training_inputs[:100])
grad = tape.gradient(value, some_model.trainable_variables)
print([g.numpy() for g in grad])
