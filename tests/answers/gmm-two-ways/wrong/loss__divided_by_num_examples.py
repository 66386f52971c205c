# mistake: divides the sum by the global NUM_EXAMPLES (5000) instead of by the number of inputs: neither the mean nor the sum for any other N
# expect: partial
# credit: 2-3
# finding: divided-by-num-examples
def loss(model, inputs):
    return -tf.reduce_sum(model(inputs)) / NUM_EXAMPLES
