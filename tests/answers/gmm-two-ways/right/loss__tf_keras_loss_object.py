def loss(model, inputs):
    class NLL(tf.keras.losses.Loss):
        def call(self, y_true, y_pred):
            return -y_pred
    return NLL()(inputs, model(inputs))
