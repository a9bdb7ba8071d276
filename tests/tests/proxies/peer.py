"""aiohttp with its default limits: a client of a service, or a server that receives a session."""

import asyncio
import sys

import aiohttp
from aiohttp import web


async def client(url):
    """For each length on a line of the input: writes a session of it, and prints what the service then reads."""
    # The jar keeps no cookies of an address unless told to.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        for line in sys.stdin:
            try:
                async with session.post(url + line.strip()) as written:
                    written.raise_for_status()
                async with session.get(url) as read:
                    print(read.status, await read.text(), flush=True)
            except aiohttp.ClientError as error:
                print("error", type(error).__name__, flush=True)


async def server():
    """Prints its port, and ends with its input."""

    async def length(request):
        return web.Response(text=str(len(request.headers["Cookie"])))

    application = web.Application()
    application.router.add_get("/", length)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(client(sys.argv[2]) if sys.argv[1] == "client" else server())
