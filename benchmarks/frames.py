"""How smooth each widget is: when it is ready, from slider to repaint, its frames in a run.

`python -m benchmarks.frames` opens every widget in its chapter of the built book, also on a slow
machine and line. It drags one slider, then lets a lab run. Results go to
`benchmarks/results.json`.
"""

import argparse
import time

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks import record
from benchmarks.in_page import LONG_TASKS, STOPWATCH, drag
from tests.browser import chromium
from tests.browser.serving import serve_book
from tests.widgets.registry import CASES

FRAME_MS = 1000 / 60
PAUSE_MS = 40  # between two moves of the mouse
#: A frame counts as late if half of another has passed.
LATE_MS = 1.5 * FRAME_MS
PAGES = {
    "PoolingExplorer": "02-pooling",
    "JamesSteinExplorer": "03-shrinkage",
    "TauDial": "04-exact",
    "MetropolisLab": "05-metropolis",
    "RegressionPooling": "05-metropolis",
    "GibbsLab": "06-gibbs",
    "ConvergenceLab": "07-convergence",
    "HamiltonianLab": "08-hmc",
    "NutsLab": "09-nuts",
    "FunnelLab": "10-geometry",
}
#: The largest state of a widget, where its first one is smaller.
LARGEST = {
    "PoolingExplorer": "preset=simulated&n_groups=100&sigma_known=false",
    "RegressionPooling": "individuals=100&observations=10",
    "ConvergenceLab": "draws=1000",
}

#: The slider to move, where that of the tests changes numbers only now and then.
SLIDERS = {"MetropolisLab": "Observations in group A", "NutsLab": "Observations in group A"}

INTERVALS = """
(milliseconds) => new Promise((done) => {
  const times = [];
  const tick = (now) => {
    times.push(now);
    if (now - times[0] < milliseconds) requestAnimationFrame(tick);
    else done(times.slice(1).map((t, i) => t - times[i]));
  };
  requestAnimationFrame(tick);
})
"""


#: A slow reader's machine and line: CPU four times as slow, 10 Mbit/s, 40 ms of delay.
SLOW_CPU = 4
SLOW_LINE = {
    "offline": False,
    "latency": 40,
    "downloadThroughput": 10e6 / 8,
    "uploadThroughput": 10e6 / 8,
}


def ready(browser, address: str, name: str, slow: bool) -> float:
    """Milliseconds from the start of navigation until the widgets of a page can be used."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    if slow:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_CPU})
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW_LINE)
    page.goto(f"{address}/chapters/{PAGES[name]}.html", wait_until="load")
    page.wait_for_selector("[data-hbm-ready]")
    time_of = "() => Math.max(...performance.getEntriesByName('hbm-ready').map(e => e.startTime))"
    milliseconds = page.evaluate(time_of)
    page.close()
    return round(milliseconds)


def opened(page, address: str, name: str):
    """Open a chapter with a widget in its largest state; return the widget and its slider."""
    link = f"#{name}-1?{LARGEST[name]}" if name in LARGEST else ""
    page.goto(f"{address}/chapters/{PAGES[name]}.html{link}", wait_until="load")
    root = page.locator(f"[data-hbm-widget={name}]").first
    root.scroll_into_view_if_needed()
    page.wait_for_function(
        "name => document.querySelector(`[data-hbm-widget=${name}]`)?.dataset.hbmValues", arg=name
    )
    named = SLIDERS.get(name) or next(case.slider for case in CASES if case.name == name)
    slider = root.locator(f"[aria-label^='{named}']:is([type=range], [role=slider])").first
    slider.evaluate("node => node.closest('details')?.setAttribute('open', '')")
    slider.evaluate(STOPWATCH)
    page.evaluate(LONG_TASKS)
    return root, slider


def measure(browser, address: str, name: str, moves: int, seconds: float) -> dict:
    """Measure one widget: when it is ready, waits, and the frames of a lab that runs."""
    ready_ms = {
        "ready_ms": ready(browser, address, name, slow=False),
        "ready_slow_ms": ready(browser, address, name, slow=True),
    }
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    root, slider = opened(page, address, name)
    drag(page, slider, 8, PAUSE_MS)
    page.evaluate("() => window.hbmTasks.splice(1)")
    waits = drag(page, slider, moves, PAUSE_MS)
    if len(waits) < moves / 8:
        raise SystemExit(f"Only {len(waits)} of {moves} moves changed the numbers.")
    row = {
        "widget": name,
        **ready_ms,
        "wait_median_ms": round(float(np.median(waits)), 1),
        "wait_p95_ms": round(float(np.quantile(waits, 0.95)), 1),
        "longest_task_ms": page.evaluate("() => Math.max(...window.hbmTasks)"),
    }
    run = root.get_by_role("button", name="Run", exact=True)
    if run.count():
        run.first.click()
        page.evaluate("() => window.hbmTasks.splice(1)")
        frames = np.array(page.evaluate(INTERVALS, 1000 * seconds))
        row |= {
            "frame_median_ms": round(float(np.median(frames)), 1),
            "frame_p95_ms": round(float(np.quantile(frames, 0.95)), 1),
            "late_share": round(float(np.mean(frames > LATE_MS)), 4),
            "longest_task_running_ms": page.evaluate("() => Math.max(...window.hbmTasks)"),
        }
    page.close()
    return row


def tell(row: dict) -> None:
    """Print a row."""
    text = (
        f"{row['widget']:18s} ready {row['ready_ms']:4d} ms, slow {row['ready_slow_ms']:5d} ms; "
        f"slider to repaint: median {row['wait_median_ms']:4.1f} ms, "
        f"p95 {row['wait_p95_ms']:4.1f} ms, longest task {row['longest_task_ms']:3.0f} ms"
    )
    if "frame_median_ms" in row:
        text += (
            f"; running: a frame every {row['frame_median_ms']:.1f} ms, p95 "
            f"{row['frame_p95_ms']:.1f} ms, {100 * row['late_share']:.1f}% late, longest task "
            f"{row['longest_task_running_ms']:.0f} ms"
        )
    print(text)


def main() -> None:
    """Measure, print, and write the results."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--moves", type=int, default=120)
    arguments.add_argument("--seconds", type=float, default=6, help="of frames, while a lab runs")
    arguments.add_argument("--widget", choices=PAGES, action="append", help="only this one")
    options = arguments.parse_args()

    rows = []
    with serve_book() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=chromium.ARGUMENTS
        )
        for name in options.widget or PAGES:
            rows.append(measure(browser, site, name, options.moves, options.seconds))
            tell(rows[-1])
        browser.close()
    if not options.widget:
        found = {"date": time.strftime("%Y-%m-%d"), "rows": rows}
        record.update(lambda results: results.update(frames=found))


if __name__ == "__main__":
    main()
