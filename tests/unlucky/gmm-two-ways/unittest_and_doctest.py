# unlucky: The student tests with unittest, doctest and pytest, and one of the tests is wrong.
# expect: full
# %% before mixture_likelihood
import doctest
import unittest
# %% bottom mixture_likelihood


class TestLikelihood(unittest.TestCase):
    def test_shape(self):
        self.assertEqual(mixture_likelihood(np.zeros((3, 1)), gt_logits, gt_means, gt_lsigmas).shape, (3, 1))

    def test_sign(self):
        self.assertGreater(float(mixture_likelihood(np.zeros((1, 1)), gt_logits, gt_means, gt_lsigmas)[0, 0]), 0)


unittest.main(argv=[""], verbosity=2, exit=False)
doctest.testmod(verbose=False)
# %% bottom mixture_posterior_logits
import pytest
assert pytest.main(["-q", "tests_of_mine.py"]) == 0
# %% bottom mstep
assert mstep([[0.0], [1.0]], [[1.0], [1.0]])[1] == [0.7], "my own test is wrong"
