"""Users who do not wait for each other: a fixed number of requests a second, whatever the service makes of them.

Locust's users wait for their answers, and so does a service that is too slow slow down its own test. This client sends
at its times, come what may, and keeps what became of every request.
"""

import asyncio
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from urllib.parse import urlsplit

import pandas as pd

PATIENCE = 10  # s until a user has gone


def offer(url, wines, rate, seconds):
    """Send `wines` (dicts), one after another and again, to POST /predict of the service at `url`.

    Returns a DataFrame with a row for each request: `sent` (seconds since the first one should leave), `took` (seconds
    until its answer was there), and `status` (of HTTP; 0 where the connection broke, or no answer came within 10 s).
    """
    with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop of its own
        return thread.submit(asyncio.run, _offer(url, wines, rate, seconds)).result()


async def _offer(url, wines, rate, seconds):
    address, bodies = urlsplit(url), itertools.cycle([json.dumps(wine).encode() for wine in wines])
    start, asked = perf_counter(), []
    for number in range(round(rate * seconds)):
        await asyncio.sleep(max(0, start + number / rate - perf_counter()))
        asked.append(asyncio.create_task(_ask(address, next(bodies), start)))
    return pd.DataFrame(await asyncio.gather(*asked), columns=["sent", "took", "status"])


async def _ask(address, body, start):
    head = f"POST /predict HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    sent, status = perf_counter(), 0
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
                answer = await reader.read()
                status = int(answer.split(b" ", 2)[1]) if answer else 0
            finally:
                writer.close()
    except (OSError, TimeoutError):
        pass  # status stays 0: nobody was answered
    return sent - start, perf_counter() - sent, status
