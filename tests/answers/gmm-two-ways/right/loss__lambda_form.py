# style: lambda
loss = lambda model, inputs: -tf.reduce_sum(model(tf.convert_to_tensor(inputs, dtype=tf.float32)))
