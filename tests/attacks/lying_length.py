# attack: sequences that report a wrong length and never end
# seconds: 4
# %% cell mstep
class Endless(list):
    def __len__(self): return 3
    def __getitem__(self, index): return self
    def __iter__(self):
        while True:
            yield self


def mstep(x, posterior):
    return Endless()

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return Endless()
