# attack: a cell awaits what never comes, and leaves tasks that answer in place of what is asked
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
