# unlucky: Training reports to Weights and Biases if that works, and to a stand-in if not.
# expect: full
# %% before train
try:
    import wandb
    wandb.login(key="not a real key")
    run = wandb.init(project="gmm", mode="online")
except Exception as error:
    print("no wandb:", error)

    class wandb:
        """Stands in for wandb."""
        log = staticmethod(lambda *args, **kwargs: None)
        config = {}
from tqdm.auto import trange
# %% cell train
def train(model, optimizer, inputs, steps):
    for step in (bar := trange(steps, desc="training", leave=False)):
        gradients = grad(model, inputs)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        wandb.log({"step": step})
        bar.set_postfix(norm=f"{float(tf.linalg.global_norm(gradients)):.3f}")
