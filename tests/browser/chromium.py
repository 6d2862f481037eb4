"""Find a Chromium to test with, or say how to get one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSTALLED_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

HOW_TO = (
    "The browser tests need Chromium, and none was found or could be installed. "
    "Install one (Debian and Ubuntu: `apt-get install chromium`; any system: "
    "`.venv/bin/playwright install chromium`), or set CHROMIUM to its path, and run again."
)

# The second line keeps the browser from calling home, so that any request off the book's
# own files that a test sees was made by the book.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-quic", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--force-color-profile=srgb", "--enable-precise-memory-info"),
]


def _installed() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next(filter(None, map(shutil.which, INSTALLED_NAMES)), None)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _run(*command: str) -> bool:
    print("No Chromium yet; trying:", " ".join(command), flush=True)
    try:
        return subprocess.run(command, check=False, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find() -> str:
    """Return the path of a Chromium: installed, else Playwright's own, else from apt as root."""
    path = _installed() or _playwrights_own()
    if path:
        return path
    if _run(sys.executable, "-m", "playwright", "install", "chromium"):
        path = _playwrights_own()
    elif hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "chromium")
        path = _installed()
    if not path:
        raise SystemExit(HOW_TO)
    return path


if __name__ == "__main__":
    print(find())
