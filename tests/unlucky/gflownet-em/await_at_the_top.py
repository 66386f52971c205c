# unlucky: Settings are gathered by top-level await and async for, as IPython allows.
# expect: full
# %% before exact_m_step
import asyncio


async def setting(value, after=0.01):
    await asyncio.sleep(after)
    return value


async def count(n):
    for number in range(n):
        yield number


SMALLEST, LARGEST = await asyncio.gather(setting(1e-6), setting(1e6))
NUMBERS = [number async for number in count(3)]
# %% cell exact_m_step
def exact_m_step(x, q):
    """sum_n q (x - o) / sum_n q"""
    without_petal = x[:, None] - OFFSETS
    total = tf.einsum("ncp,npd->cd", q, without_petal)
    return total / tf.clip_by_value(tf.reduce_sum(q, axis=[0, 2]), SMALLEST, LARGEST)[:, None]
await asyncio.sleep(0)
