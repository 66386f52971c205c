def mixture_likelihood(x, logits, means, lsigmas):
    R = tf.raw_ops
    x = tf.cast(x, tf.float32)
    l, m, s = [R.Reshape(tensor=tf.convert_to_tensor(t), shape=[1, -1]) for t in (logits, means, lsigmas)]
    z = R.RealDiv(x=R.Sub(x=x, y=m), y=R.Exp(x=s))
    e = R.AddN(inputs=[R.Mul(x=tf.constant(-0.5), y=R.Square(x=z)), R.Sub(x=R.LogSoftmax(logits=l) - 0.91893853, y=s) + R.ZerosLike(x=z)])
    top = R.StopGradient(input=R.Max(input=e, axis=1, keep_dims=True))
    return R.AddV2(x=top, y=R.Log(x=R.Sum(input=R.Exp(x=R.Sub(x=e, y=top)), axis=1, keep_dims=True)))
