"""How long a reader waits: from moving a size slider to the repainted, refitted figure.

`python -m benchmarks.repaint` drags a school's handle in the built book, with J groups and
sigma unknown, and does the same refit through ipywidgets and Matplotlib in a live kernel. It also
drags it in the states that are hardest to fit. All run in turn, so that a slow moment of the
machine touches each. Results go to `benchmarks/results.json`.
"""

import argparse
import os
import platform
import time

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import live_peer, record
from benchmarks.in_page import LONG_TASKS, STOPWATCH, drag
from tests.browser import chromium
from tests.browser.serving import serve_book

PAGE = "chapters/02-pooling.html"
LIMIT_MS = 16

# Sizes of the groups, and the tau they are drawn with. Between groups that hardly differ tau's
# posterior reaches 0; with one observation in each, only the sum of both variances is known.
USUAL = {"size": 15, "tau": 2}
HARD = {
    "groups alike": {"size": 15, "tau": 0},
    "one observation in each other group": {"size": 1, "tau": 2},
}


def state_fragment(groups: int, size: int, tau: float) -> str:
    """Name the state to measure in a link: J simulated groups, sigma unknown."""
    sizes = ",".join([str(size)] * groups)
    return (
        f"#PoolingExplorer-1?preset=simulated&n_groups={groups}&group_sizes={sizes}"
        f"&mu=5&tau={tau}&sigma=3&seed=1&sigma_known=false"
    )


def drag_in_page(page, address: str, drags: int) -> list[float]:
    """Drag the first handle to and fro by mouse; milliseconds for each repaint."""
    page.goto(address, wait_until="load")
    page.reload()
    page.wait_for_selector("[data-hbm-ready]")
    root = page.locator("[data-hbm-widget=PoolingExplorer]").first
    handle = root.get_by_role("slider", name="Observations in").first
    handle.evaluate(STOPWATCH)
    times = drag(page, handle, drags, pause=25)
    if len(times) < drags / 2:
        raise SystemExit(f"Only {len(times)} of {drags} drags changed the numbers.")
    return times


def ready_time(page, address: str) -> float:
    """Milliseconds from the start of navigation until the first widget can be used."""
    page.goto(address, wait_until="load")
    page.wait_for_selector("[data-hbm-ready]")
    return page.evaluate("() => performance.getEntriesByName('hbm-ready')[0].startTime")


def longest_task(page, address: str) -> float:
    """Milliseconds of the longest task while repeating 500 times; 0 if none is over 50 ms."""
    page.goto(address, wait_until="load")
    page.wait_for_selector("[data-hbm-ready]")
    page.evaluate(LONG_TASKS)
    page.get_by_role("button", name="Repeat 500 times").click()
    page.get_by_text("Mean error over 500 repetitions").wait_for(timeout=60_000)
    return page.evaluate("() => Math.max(...window.hbmTasks)")


def report(name: str, times: list[float]) -> dict:
    """Print and return median and 95th percentile of a list of times."""
    row = {
        "name": name,
        "median_ms": round(float(np.median(times)), 2),
        "p95_ms": round(float(np.quantile(times, 0.95)), 2),
        "count": len(times),
    }
    print(f"{name:62s} median {row['median_ms']:8.2f} ms   p95 {row['p95_ms']:8.2f} ms")
    return row


def main() -> None:
    """Measure, print, and write the results."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--groups", type=int, default=100)
    arguments.add_argument("--drags", type=int, default=100, help="in each round")
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()

    in_page, in_kernel, ready, tasks = [], [], [], []
    hard = {name: [] for name in HARD}
    with serve_book() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        for _ in range(options.rounds):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            ready.append(ready_time(page, f"{site}/{PAGE}"))
            address = f"{site}/{PAGE}{state_fragment(options.groups, **USUAL)}"
            in_page += drag_in_page(page, address, options.drags)
            for name, state in HARD.items():
                address = f"{site}/{PAGE}{state_fragment(options.groups, **state)}"
                hard[name] += drag_in_page(page, address, options.drags)
            page.close()
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            tasks.append(longest_task(page, f"{site}/{PAGE}"))
            page.close()
            in_kernel += live_peer.measure(options.groups, capacity=60, drags=30)
        browser.close()

    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    print(f"\nJ = {options.groups} groups, sigma unknown; {machine}")
    rows = [
        report("page: slider to repaint", in_page),
        report("live kernel: ipywidgets and Matplotlib", in_kernel),
        report("page: start of navigation to widget ready", ready),
        report("page: longest task over 50 ms, repeating", tasks),
        *(report(f"page: slider to repaint, {name}", times) for name, times in hard.items()),
    ]
    ratio = rows[1]["median_ms"] / rows[0]["median_ms"]
    print(f"the live kernel takes {ratio:.0f} times as long (ratio of medians)")
    print(f"p95 within {LIMIT_MS} ms: {'yes' if rows[0]['p95_ms'] <= LIMIT_MS else 'NO'}")
    found = {
        "date": time.strftime("%Y-%m-%d"),
        "groups": options.groups,
        "rows": rows,
        "ratio_of_medians": round(ratio, 1),
    }
    record.update(lambda results: results.update(repaint=found))


if __name__ == "__main__":
    main()
