# unlucky: Training reports to MLflow, which is not where notebooks are graded.
# expect: train 0-4
# explain: mlflow
# %% before train
import mlflow
mlflow.set_experiment("gmm")
# %% cell train
def train(model, optimizer, inputs, steps):
    for step in range(steps):
        optimizer.apply_gradients(zip(grad(model, inputs), model.trainable_variables))
        mlflow.log_metric("loss", float(loss(model, inputs)), step=step)
