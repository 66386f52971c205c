# unlucky: Printing and logging go to files, some of them in folders that are not there.
# expect: full
# %% after given_imports
import builtins, functools, logging
logging.basicConfig(filename="/content/drive/MyDrive/gmm/run.log", level=logging.DEBUG, force=True)
log = logging.getLogger("gmm")
print = functools.partial(print, flush=True, file=open("printed.txt", "w"))
sys.stdout = open("stdout.txt", "w", encoding="ascii")
sys.stderr = sys.stdout
# %% cell train
def train(model, optimizer, inputs, steps):
    for step in range(steps):
        gradients = grad(model, inputs)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        log.info("step %d: largest gradient %.3f", step, max(float(tf.reduce_max(tf.abs(g))) for g in gradients))
        print("Schritt", step, "∇", flush=True)
        sys.stdout.write(".")
