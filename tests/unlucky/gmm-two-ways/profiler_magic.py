# unlucky: Two answer cells begin with cell magics of extensions that grading does not have.
# expect: full
# %% before mixture_posterior_logits
%load_ext pyinstrument
%load_ext autoreload
%autoreload 2
%load_ext line_profiler
%load_ext tensorboard
%tensorboard --logdir logs
# %% top mixture_posterior_logits
%%pyinstrument
# %% top train
%%track_emissions
# %% after mixture_posterior_logits
%lprun -f mixture_posterior_logits mixture_posterior_logits(training_inputs, gt_logits, gt_means, gt_lsigmas)
%prun -l 5 mixture_posterior_logits(training_inputs, gt_logits, gt_means, gt_lsigmas)
