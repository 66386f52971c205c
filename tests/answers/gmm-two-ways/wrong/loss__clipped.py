# mistake: log-likelihoods are kept above -20
# expect: partial
# credit: 2.8-2.8
# finding: cut-off
def loss(model, inputs):
    log_px = tf.maximum(model(inputs), -20.0)
    return -tf.reduce_mean(log_px)
