# unlucky: Answers were copied out of a main function and out of a docstring, with their indentation and its prompts.
# expect: full
# file: single-string-sources
# %% before mixture_posterior_logits
    def flat(*parameters):
        """Rows (1, K).

        >>> flat([1.0], [2.0])[1].shape
        TensorShape([1, 1])
        """
        return [tf.reshape(p, [1, -1]) for p in parameters]

    TINY = 1e-12
# %% cell mixture_posterior_logits
    >>> def mixture_posterior_logits(x, logits, means, lsigmas):
    ...     logits, means, lsigmas = flat(logits, means, lsigmas)
    ...     scaled = (tf.cast(x, tf.float32) - means) * tf.exp(-lsigmas)
    ...     return tf.nn.log_softmax(logits) - 0.5 * tf.square(scaled) - lsigmas
    ...
    >>> TEMPERATURE = 1.0
# %% cell mstep
        # this was two levels deep in main()
        def mstep(x, posterior):
            x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
            counts = tf.reduce_sum(posterior, axis=0) + TINY
            means = tf.reduce_sum(posterior * x, axis=0) / counts
            variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
            return (tf.math.log(counts / TEMPERATURE),
                    means, 0.5 * tf.math.log(variances + TINY))
        print(f"""the M step is defined,
           and this text starts further right""")
