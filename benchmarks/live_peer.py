"""The usual way to refit on a slider: ipywidgets and Matplotlib in a live kernel.

The time runs from the slider's message to the kernel's word that it is idle again, figure
sent. The browser's own share (decoding and painting the picture) is not counted, so the peer
is measured at its best.
"""

import time

from jupyter_client.manager import start_new_kernel

SETUP = """
import ipywidgets, matplotlib.pyplot as plt
from IPython.display import display
from hbmlib import exact, pooling, simulate
%matplotlib inline

def refit(size):
    data = simulate.schools([size] + [15] * {last}, 5, 2, 3, seed=1, capacity={capacity})
    groups = pooling.summarise(data.y, data.group)
    theta = exact.normal_means(groups).theta
    low, high = theta.quantile([0.05, 0.95])
    figure, axes = plt.subplots()
    axes.plot(groups.mean, "o", fillstyle="none")
    axes.errorbar(range({groups}), theta.mean, [theta.mean - low, high - theta.mean], fmt="o")
    plt.show()

slider = ipywidgets.IntSlider(15, 1, {capacity})
output = ipywidgets.interactive_output(refit, {{"size": slider}})
print(slider.model_id)
"""


def measure(groups: int, capacity: int, drags: int) -> list[float]:
    """Time `drags` moves of one group's size slider, in milliseconds."""
    manager, client = start_new_kernel(
        kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=40"]
    )
    try:
        lines = []
        client.execute_interactive(
            SETUP.format(groups=groups, last=groups - 1, capacity=capacity),
            timeout=120,
            output_hook=lambda message: lines.append(message["content"]),
        )
        model = "".join(content.get("text", "") for content in lines).strip().splitlines()[-1]
        return [_move(client, model, 2 + drag % (capacity - 2)) for drag in range(drags)]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _move(client, model: str, value: int) -> float:
    update = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    message = client.session.msg("comm_msg", {"comm_id": model, "data": update})
    start = time.perf_counter()
    client.shell_channel.send(message)
    drawn = False
    while True:
        reply = client.get_iopub_msg(timeout=60)
        if reply["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        drawn = drawn or reply["msg_type"] == "display_data"
        if reply["msg_type"] == "status" and reply["content"]["execution_state"] == "idle":
            break
    elapsed = 1000 * (time.perf_counter() - start)
    if not drawn:
        raise RuntimeError(f"the live peer drew nothing for the value {value}")
    return elapsed
