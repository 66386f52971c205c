# attack: a cell awaits something that never comes, and leaves tasks that answer instead of the probes
# seconds: 4
# %% cell mstep
import asyncio


async def mstep_later():
    while True:
        await asyncio.sleep(0)


def mstep(x, posterior):
    return asyncio.run(mstep_later())

task = asyncio.ensure_future(mstep_later())
await asyncio.gather(task, mstep_later())
