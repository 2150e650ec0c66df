"""The service under long and hostile use (make soak): flat memory, exact counts, and no failure of its own."""

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import urllib3

from tests.service.serving import HTTP, ROWS, name, serving
from workbook.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

POSTED = name("flask_http_request_duration_seconds_count", method="POST", status="200", url_rule="/predict")
REQUESTS, KILLS, MUTATIONS = 300_000, 60, 100_000


def memory(service):
    """MiB that the processes have to themselves."""
    everybody = [psutil.Process(service.process.pid), *service.workers]
    return sum(one.memory_full_info().uss for one in everybody) / 2**20


def ask(service, count):
    """Send `count` predictions by eight clients; how many were answered with 200."""

    def answered(number):
        try:
            return service.post(ROWS[number % len(ROWS)]).status == 200
        except urllib3.exceptions.HTTPError:  # its worker was killed
            return False

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(answered, range(count)))


def test_memory_stays_flat(tmp_path):
    with serving(tmp_path) as service:
        answered = ask(service, REQUESTS // 10)
        before = memory(service)
        answered += ask(service, REQUESTS)
        assert memory(service) < before + 5
        assert service.scrape()[POSTED] == answered


def test_counts_are_exact_through_a_minute_of_kills(tmp_path):
    """Each answer was counted. Whoever lost the answer may have been counted, too: one for each of the eight clients."""
    with serving(tmp_path) as service:
        over, answered, seen = threading.Event(), [], []

        def work():
            while not over.is_set():
                answered.append(ask(service, 200))

        worker = threading.Thread(target=work)
        worker.start()
        for _ in range(KILLS):
            time.sleep(1)
            random.choice(service.workers).kill()
            seen.append(service.scrape().get(POSTED, 0))
        over.set()
        worker.join()
        assert seen == sorted(seen), "the count stepped back"
        counted = eventually(lambda: service.scrape()[POSTED], what="the last scrape", quiet=True)
        assert sum(answered) <= counted <= sum(answered) + 8 * KILLS


def test_no_body_makes_the_service_fail(tmp_path):
    chance = random.Random(0)
    body = json.dumps(ROWS[0]).encode()

    def mutated():
        text = bytearray(body)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(text))
            text[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        return bytes(text)

    with serving(tmp_path) as service, ThreadPoolExecutor(8) as pool:
        series = len(service.scrape())
        statuses = set(pool.map(lambda text: service.post(text).status, [mutated() for _ in range(MUTATIONS)]))
        assert statuses <= {200, 400, 503}
        assert len(service.scrape()) < series + 100, "a client made series"
        assert HTTP.request("GET", f"{service.url}/readyz").status == 200
