/* One EM step's sums for a 1-D mixture of five components, for one core: what hand-written code reaches.
 *
 *   gcc -O3 -march=native -ffast-math -mprefer-vector-width=512 benchmarks/em_1d.c -o em_1d -lmvec -lm && ./em_1d
 *
 * -ffast-math lets the compiler vectorise exp, log and the sums. Prints nanoseconds per point.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define K 5
#define N 1000000
#define BLOCK 4096
#define REPEATS 31
/* exp of less is slow in vector libraries, and nothing beside 1. */
#define LEAST -87.f

static float x[N], r[K][BLOCK], inverse[BLOCK];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

static double sums(const float *restrict mu, const float *restrict w, const float *restrict c,
                   double *restrict n, double *restrict s, double *restrict ss) {
    double log_likelihood = 0;
    for (int start = 0; start < N; start += BLOCK) {
        int m = N - start < BLOCK ? N - start : BLOCK;
        const float *y = x + start;
        float log_px = 0;
        for (int i = 0; i < m; i++) {
            float joint[K], top = -1e30f, total = 0;
#pragma GCC unroll 5
            for (int k = 0; k < K; k++) {
                float z = (y[i] - mu[k]) * w[k];
                joint[k] = c[k] - .5f * z * z;
                top = fmaxf(top, joint[k]);
            }
#pragma GCC unroll 5
            for (int k = 0; k < K; k++) total += r[k][i] = expf(fmaxf(joint[k] - top, LEAST));
            inverse[i] = 1 / total;
            log_px += top + logf(total);
        }
        log_likelihood += log_px;
        for (int k = 0; k < K; k++) {
            float a = 0, b = 0, q = 0;
            for (int i = 0; i < m; i++) {
                float d = y[i] - mu[k], p = r[k][i] * inverse[i];
                a += p, b += p * d, q += p * d * d;
            }
            n[k] += a, s[k] += b, ss[k] += q;
        }
    }
    return log_likelihood;
}

int main(void) {
    float mu[K] = {1, -.5, -2, .5, 3}, w[K] = {2, 1, 5, 10, 2}, c[K];
    double seconds[REPEATS], n[K] = {0}, s[K] = {0}, ss[K] = {0}, total = 0;
    for (int k = 0; k < K; k++) c[k] = logf(w[k] / K);
    for (int i = 0; i < N; i++) x[i] = 6 * (rand() / (float)RAND_MAX) - 3;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        double began = now();
        total += sums(mu, w, c, n, s, ss);
        seconds[repeat] = now() - began;
    }
    qsort(seconds, REPEATS, sizeof *seconds, ascending);
    /* The sum keeps the compiler from dropping the work. */
    printf("%.2f ns per point, median of %d (%g)\n", 1e9 * seconds[REPEATS / 2] / N, REPEATS, total + n[0]);
    return 0;
}
