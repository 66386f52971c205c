# Maximum-likelihood fits by mclust, and those with its default prior, as JSON on standard output. From the
# root of the repository:
#
#   Rscript tests/references/mclust.R > tests/references/mclust.json
#
# Needs R and its package mclust (Debian and Ubuntu: r-base-core, r-cran-mclust).
#
# G is our K. loglik is the sum over observations. BIC has mclust's sign: 2 loglik - df log n,
# larger is better. pro is [G], mean [G, D], variance [G, D, D], also where components share it.

suppressPackageStartupMessages(library(mclust))
options(warn = 2) # A warning, such as for a singular covariance, makes no reference.

# One step of mclust's EM.
em_step <- function(x, fit, prior) {
  control <- emControl(tol = 0, itmax = c(1, 1))
  em(x, fit$modelName, fit$parameters, prior = prior, control = control, warn = FALSE)
}

# mclust stops when the log-likelihood gains nothing in double precision. Where it is flat, the
# parameters have half as many digits then, so EM goes on until they stand still.
maximum <- function(x, model, G, prior) {
  control <- emControl(tol = 0, itmax = c(1e6, 1e6))
  fit <- Mclust(x, G = G, modelNames = model, prior = prior, control = control, verbose = FALSE)
  stopifnot(fit$G == G)
  df <- fit$df
  if (G > 1) {
    for (step in 1:10000) {
      last <- unlist(fit$parameters[c("pro", "mean")])
      fit <- em_step(x, fit, prior)
      now <- unlist(fit$parameters[c("pro", "mean")])
      if (all(abs(now - last) <= 1e-13 * abs(now))) break
      if (step == 10000) stop("Expected EM to stand still, but it moves; raise the steps.")
    }
  }
  BIC <- bic(fit$modelName, fit$loglik, nrow(x), ncol(x), G)
  list(loglik = fit$loglik, BIC = BIC, df = df, parameters = fit$parameters)
}

json_array <- function(items) sprintf("[%s]", paste(items, collapse = ", "))
json_row <- function(row) json_array(sprintf("%.17g", row))
json_matrix <- function(rows) json_array(apply(rows, 1, json_row))

json_fit <- function(data, model, G, prior = NULL) {
  x <- as.matrix(read.csv(file.path("gmm_tf", "datasets", paste0(data, ".csv"))))
  fit <- maximum(x, model, G, prior)
  D <- ncol(x)
  variance <- fit$parameters$variance
  sigma <- if (D == 1) rep_len(variance$sigmasq, G) else variance$sigma
  sigma <- array(sigma, c(D, D, G))
  sprintf(
    paste0(
      '  {"data": "%s", "model": "%s", "G": %d, "df": %d, "loglik": %.17g, "BIC": %.17g,\n',
      '   "pro": %s,\n   "mean": %s,\n   "variance": %s}'
    ),
    data, model, G, as.integer(fit$df), fit$loglik, fit$BIC,
    json_row(fit$parameters$pro),
    json_matrix(t(matrix(fit$parameters$mean, D))),
    json_array(vapply(1:G, function(k) json_matrix(matrix(sigma[, , k], D)), ""))
  )
}

json_fits <- function(jobs, ...) {
  fits <- mapply(json_fit, as.character(jobs$data), as.character(jobs$model), jobs$G, MoreArgs = list(...))
  paste(fits, collapse = ",\n")
}

galaxies <- expand.grid(G = 1:6, model = c("V", "E"), data = "galaxies")
faithful <- expand.grid(G = 1:4, model = c("VVV", "EEE", "VVI", "VII"), data = "old_faithful")
with_prior <- rbind(
  expand.grid(G = 2:4, model = c("V", "E"), data = "galaxies"),
  expand.grid(G = 2:4, model = c("VVV", "EEE", "VVI", "VII"), data = "old_faithful")
)
# There a component loses all observations, and mclust's EM ends without parameters.
with_prior <- subset(with_prior, !(model == "VVI" & G == 3))
cat(sprintf(
  '{"R": "%s", "mclust": "%s", "fits": [\n%s\n], "fits_with_prior": [\n%s\n]}\n',
  getRversion(), packageVersion("mclust"), json_fits(rbind(galaxies, faithful)),
  json_fits(with_prior, prior = priorControl())
))
