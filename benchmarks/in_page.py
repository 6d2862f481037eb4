"""What is timed inside a page: waits for new numbers while a slider is dragged, long tasks."""

import numpy as np
from playwright.sync_api import Locator, Page

# From the moment the pointer's move reaches the page until the first frame with new numbers has
# been painted: a message posted inside an animation frame is delivered after that frame's paint.
# A move that leaves the slider where it was does not count.
STOPWATCH = """
(slider) => {
  const root = slider.closest("[data-hbm-widget]");
  const place = () => slider.value ?? slider.getAttribute("aria-valuenow");
  const channel = new MessageChannel();
  let [start, numbers, from] = [null, null, null];
  const frame = () => requestAnimationFrame(() => channel.port2.postMessage(null));
  window.hbmWaits = [];
  channel.port1.onmessage = () => {
    const changed = root.dataset.hbmValues !== numbers;
    if (!changed && place() !== from) return frame();
    if (changed) window.hbmWaits.push(performance.now() - start);
    start = null;
  };
  addEventListener("pointermove", () => {
    if (start !== null) return;
    [start, numbers, from] = [performance.now(), root.dataset.hbmValues, place()];
    frame();
  }, true);
}
"""
#: From now on `hbmTasks` holds the milliseconds of each task over 50 ms, and a zero.
LONG_TASKS = """
() => {
  window.hbmTasks = [0];
  new PerformanceObserver((list) =>
    window.hbmTasks.push(...list.getEntries().map((task) => task.duration)),
  ).observe({ type: "longtask" });
}
"""


def drag(page: Page, slider: Locator, moves: int, pause: int) -> list[float]:
    """Drag a slider to and fro, a move every `pause` milliseconds.

    Returns the milliseconds of each wait for numbers that the move changed.
    """
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    reach = max(40, 0.2 * box["width"])
    page.mouse.move(x, y)
    page.mouse.down()
    for move in range(moves):
        page.mouse.move(x + reach * np.sin(move / 4), y)
        page.wait_for_timeout(pause)
    page.mouse.up()
    page.wait_for_timeout(500)
    return page.evaluate("() => window.hbmWaits.splice(0)")
