# attack: exceptions, names and answers carry script for the reader of the page
# outcome: mstep error
# %% cell mstep
Evil = type("<script>alert(1)</script>", (ValueError,), {})


def mstep(x, posterior):
    raise Evil("</pre><script>alert('message')</script><img src=x onerror=alert(1)>`<b>`\x1b[31m\u202e")

# %% cell mixture_likelihood
"""</textarea><script>alert('source')</script>"""
def mixture_likelihood(x, logits, means, lsigmas):
    raise KeyError("javascript:alert(1)//{{7*7}}{% raw %}")

# %% markdown means_mse
<script>alert("written")</script> <a href="javascript:alert(1)">x</a> <iframe src="http://192.0.2.1/"></iframe>
