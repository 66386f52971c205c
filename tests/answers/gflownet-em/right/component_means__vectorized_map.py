def component_means(means):
    def leaves_of(m):
        return m + OFFSETS
    return tf.vectorized_map(leaves_of, tf.convert_to_tensor(means))
