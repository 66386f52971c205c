# unlucky: An answer runs coroutines itself, by the nest_asyncio that notebooks need and grading lacks.
# expect: full
# %% before component_means
import asyncio
try:
    import nest_asyncio
    nest_asyncio.apply()
except ImportError:
    print("no nest_asyncio")
# %% cell component_means
def component_means(means):
    async def leaves(mean):
        return mean + OFFSETS

    async def all_leaves():
        return await asyncio.gather(*(leaves(mean) for mean in np.asarray(means)))

    coroutine = all_leaves()
    loop = asyncio.new_event_loop()
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return np.array(pool.submit(loop.run_until_complete, coroutine).result())
