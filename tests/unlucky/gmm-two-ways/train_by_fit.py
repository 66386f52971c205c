# unlucky: Training goes through Keras's own fit, with callbacks that write to folders that are not there.
# expect: full
# %% cell train
class Progress(tf.keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print(f"\r{epoch}: {logs['loss']:.4f}", end="")


def train(model, optimizer, inputs, steps):
    if steps == 0:
        return
    inputs = np.asarray(inputs)
    model.compile(optimizer=optimizer, loss=lambda target, log_px: -tf.reduce_mean(log_px))
    history = model.fit(inputs, np.zeros_like(inputs), batch_size=len(inputs), epochs=steps, shuffle=False, verbose=0,
                        callbacks=[Progress(), tf.keras.callbacks.TerminateOnNaN()])
    return history.history["loss"]
# %% after train
checkpoint = tf.keras.callbacks.ModelCheckpoint("/content/drive/MyDrive/checkpoints/gmm.weights.h5", save_weights_only=True)
tf.keras.callbacks.CSVLogger("/content/log.csv").on_train_begin()
