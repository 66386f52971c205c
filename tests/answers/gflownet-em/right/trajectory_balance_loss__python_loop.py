def trajectory_balance_loss(log_z, log_pf, log_reward):
    total = 0.0
    n = int(log_z.shape[0])
    for k in range(n):
        residual = log_z[k] + log_pf[k] - log_reward[k]
        total = total + residual * residual
    return total / n
