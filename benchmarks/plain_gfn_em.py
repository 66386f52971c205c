"""GFlowNet-EM in plain PyTorch, as its notebook has it: the peer where the notebook's script is not.

Two forward passes of one perceptron a step, on-policy, rewards clipped at -20, Adam with 3e-4, M-steps
by one step of SGD from one sample of each observation. Names as in the notebook.
"""

import numpy as np
import torch
import torch.nn.functional as F

from gmm_tf.data import PETALS

STD, CLIP, LEARNING_RATE, HIDDEN = 0.25, -20.0, 3e-4, 32
C, P = 4, 4
data = None


def set_data(x):
    """The observations of all that follows, [N, 2]."""
    global data
    data = torch.tensor(x, dtype=torch.float32)


class TBModel(torch.nn.Module):
    """Logits of superclusters and petals and log Z(x) from (x, one-hot i, one-hot j)."""

    def __init__(self, hidden):
        super().__init__()
        self.mlp = torch.nn.Sequential(
            torch.nn.Linear(2 + C + P, hidden), torch.nn.LeakyReLU(), torch.nn.Linear(hidden, C + P + 1)
        )

    def forward(self, i, j):
        out = self.mlp(torch.cat((data, i, j), dim=1))
        return out[:, :C], out[:, C:-1], out[:, -1]


def GFN_E_step(means, model, optimizer, iterations_per_e_step):
    """Steps on the trajectory-balance loss; the losses."""
    centres = means[:, None] + torch.tensor(PETALS)
    log_rewards = (-(((data[:, None, None] - centres) / STD) ** 2)).sum(-1) / 2
    losses = []
    for _ in range(iterations_per_e_step):
        (i, j), log_pf, log_z = _paths(model)
        reward = torch.einsum("bij,bi,bj->b", log_rewards, i, j)
        loss = ((log_z + log_pf - reward.clip(CLIP)) ** 2).mean()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return losses


def run_GFN_EM(init, iterations, e_len=1000):
    """(means [C, 2], model) of a whole run."""
    model, means = TBModel(HIDDEN), torch.tensor(np.array(init), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE)
    ascent = torch.optim.SGD([means], 0.1)
    for _ in range(iterations):
        GFN_E_step(means.detach(), model, optimizer, e_len)
        with torch.no_grad():
            (i, j), _, _ = _paths(model)
        square = (((data - j @ torch.tensor(PETALS) - i @ means) / STD) ** 2).sum(-1)
        (square.mean() / 2).backward()
        ascent.step()
        ascent.zero_grad()
    return means.detach().numpy(), model


def gfn_posterior(model):
    """q(i, j | x) of the policy, [N, C, P]."""
    with torch.no_grad():
        none = torch.zeros(len(data), C), torch.zeros(len(data), P)
        q_i = model(*none)[0].softmax(1)
        rows = []
        for i in range(C):
            chosen = F.one_hot(torch.full((len(data),), i), C).float()
            rows.append(q_i[:, i : i + 1] * model(chosen, none[1])[1].softmax(1))
    return torch.stack(rows, 1).numpy()


def _paths(model):
    """((one-hot i, one-hot j), log-probability, log Z) of one path of each observation."""
    none = torch.zeros(len(data), C), torch.zeros(len(data), P)
    logits_i, _, log_z = model(*none)
    draw_i = torch.distributions.Categorical(logits=logits_i)
    i = draw_i.sample()
    one_i = F.one_hot(i, C).float()
    draw_j = torch.distributions.Categorical(logits=model(one_i, none[1])[1])
    j = draw_j.sample()
    return (one_i, F.one_hot(j, P).float()), draw_i.log_prob(i) + draw_j.log_prob(j), log_z
