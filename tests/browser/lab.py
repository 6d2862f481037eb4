"""Start JupyterLab as an empty home finds it, work in one of its notebooks, and stop it again."""

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import ROOT

#: How long, in milliseconds, a busy machine may take to show what a test waits for.
PATIENCE = 60_000

# Nothing is asked of another host: no news, no check for updates, no list of extensions; and no
# language server is looked for. The page may be asked whether its kernel is ready.
OPTIONS = [
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LanguageServerManager.autodetect=False",
]
NOTIFICATIONS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which every program keeps its files below `home`."""
    folders = {
        "HOME": "home",
        "TMPDIR": "tmp",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for folder in folders.values():
        (home / folder).mkdir(parents=True, exist_ok=True)
    kept = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH")
    return (
        {name: os.environ[name] for name in kept if name in os.environ}
        | {name: str(home / folder) for name, folder in folders.items()}
        | {
            "JUPYTER_PREFER_ENV_PATH": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
        }
    )


@contextmanager
def jupyterlab(home: Path, notebooks: Path) -> Iterator[tuple[str, str]]:
    """Serve the folder `notebooks`; yield the address and its token; stop every kernel."""
    token = secrets.token_hex(16)
    env = environment(home) | {"JUPYTER_TOKEN": token}
    settings = home / "settings" / NOTIFICATIONS
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(NO_NEWS))
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
        *(f"--ServerApp.root_dir={notebooks}", *OPTIONS),
    ]
    said: list[str] = []
    address: list[str] = []
    heard = threading.Event()

    def listen(stream: Iterator[str]) -> None:
        for line in stream:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                address.append(found[0])
                heard.set()
        heard.set()

    with subprocess.Popen(
        command, cwd=notebooks, env=env, stderr=subprocess.PIPE, text=True
    ) as server:
        listener = threading.Thread(target=listen, args=[server.stderr], daemon=True)
        listener.start()
        try:
            heard.wait(60)
            assert address, "JupyterLab did not start:\n" + "".join(said)
            yield address[0], token
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
            listener.join(20)


class Notebook:
    """An open notebook of three code cells: an idle one, one that shows, one that is asked."""

    CELLS = ("'idle'", "'shown'", "'asked'")
    SHOWN, ASKED = 1, 2

    def __init__(self, page: Page) -> None:
        self.page = page
        self.runs = 0
        # JupyterLab drops what is run before the kernel has told about itself.
        kernel = "jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        page.wait_for_function(f"window.{kernel}", timeout=PATIENCE)
        page.evaluate(f"async () => {{ await {kernel}.info; }}")

    def cell(self, index: int) -> Locator:
        """Return a cell of the notebook."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def run(self, code: str, index: int = ASKED) -> dict:
        """Run statements in a cell; return what they leave in the variable `answer`."""
        self.runs += 1
        mark = f"answer {self.runs}: "
        lines = [
            "import json",
            "answer = None",
            code,
            f"print({mark!r} + json.dumps(answer))",
        ]
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.insert_text("\n".join(lines))
        self.page.keyboard.press("ControlOrMeta+Enter")
        printed = self.cell(index).locator(".jp-OutputArea-output pre").last
        expect(printed).to_contain_text(re.compile(f"{mark}|Error"), timeout=PATIENCE)
        said = printed.inner_text()
        assert mark in said, said
        return json.loads(said.partition(mark)[2])

    def show(self, code: str) -> Locator:
        """Run statements that display a widget; return its root in the page."""
        self.run(f"{code}\ndisplay(w)", self.SHOWN)
        root = self.cell(self.SHOWN).locator("[data-hbm-widget=PoolingExplorer]")
        expect(root).to_have_count(1, timeout=PATIENCE)
        return root

    def choose(self, *path: str) -> None:
        """Choose from the menus of JupyterLab."""
        bar, *entries = path
        self.page.locator(".lm-MenuBar-item", has_text=bar).click()
        for entry in entries:
            label = self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True)
            label.click()
