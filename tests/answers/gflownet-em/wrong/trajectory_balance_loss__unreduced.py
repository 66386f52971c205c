# mistake: one per path
# expect: partial
# credit: 7.5-7.5
# finding: not-reduced
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return (log_z + log_pf - log_reward) ** 2
