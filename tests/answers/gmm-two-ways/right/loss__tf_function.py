# style: decorated with tf.function, squeeze first
@tf.function
def loss(model, inputs):
    ll = tf.squeeze(model(inputs), axis=-1)
    return tf.reduce_mean(-ll)
