# unlucky: Greek and mathematical letters, tabs, form feeds and line separators of copied text are in the answers.
# expect: full
# file: vscode-metadata
# %% cell mixture_likelihood
# Zeilentrenner aus dem Skript: eine lange Bemerkung, die hier umbricht – und „weiter“ geht
def mixture_likelihood(x, ℓ, μ, lσ):
	"""log p(x), stabil.

	„Σ π N(x; μ, σ²)“
	"""
	x = tf.cast(x, tf.float32)
	ℓ, 𝜇, 𝑙σ = (tf.reshape(θ, [1, -1]) for θ in (ℓ, μ, lσ))
	ζ = (x - μ) / tf.exp(lσ)
	naïve = "🙂 nicht so"; half_τ = 0.5 * np.log(2 * np.pi)
	return tf.reduce_logsumexp(tf.nn.log_softmax(ℓ) - 0.5 * ζ**2 - lσ - half_τ, axis=1, keepdims=True)

Größe = 3
# %% cell mstep
def mstep(x, posterior):
  x, γ = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)  # γ: Verantwortlichkeiten
  Nₖ = tf.reduce_sum(γ, axis=0) + 1e-30
  μₖ = tf.reduce_sum(γ * x, axis=0) / Nₖ
  σ2 = tf.reduce_sum(γ * (x - μₖ)**2, axis=0) / Nₖ
  return tf.math.log(Nₖ), μₖ, 0.5 * tf.math.log(σ2 + 1e-12)
