"""Build the book: ``python site/build.py [--accept-numbers]`` from anywhere."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from hbm_site.execution import content_hash
from hbm_site.numbers import ACCEPT

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
STAMP = BUILD / "complete.json"
MACHINERY = ("hbmlib", "site", "requirements.lock", "_config.yml", "_toc.yml")


def environment(accept_numbers: bool) -> dict[str, str]:
    """Return an environment in which only this folder decides what is built."""
    env = os.environ | {
        "IPYTHONDIR": str(BUILD / ".ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, not one of the user's
        "MPLCONFIGDIR": str(BUILD / ".matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if accept_numbers:
        env[ACCEPT] = "1"
    return env


def state() -> dict[str, str]:
    """Hash what the built pages depend on; the environment's repository is part of it."""
    repository = {key: os.environ.get(key, "") for key in ("GITHUB_REPOSITORY", "CI_PROJECT_URL")}
    return {
        "machinery": content_hash(ROOT, MACHINERY),
        "pages": content_hash(ROOT, ("chapters",)),
        **repository,
    }


def last_complete() -> dict[str, str]:
    """Return the state of the last build that ended well; empty when it did not."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def main() -> int:
    """Build, unless nothing has changed since a build that ended well."""
    parser = argparse.ArgumentParser(description="Build the book into _build/html.")
    parser.add_argument(
        "--accept-numbers",
        action="store_true",
        help="write the numbers of the prose into chapters/numbers as they are now",
    )
    accept = parser.parse_args().accept_numbers
    before, now = last_complete(), state()
    page = BUILD / "html" / "index.html"
    if before == now and page.exists() and not accept:
        print(f"Nothing has changed since the last build. Open {page}, or run make serve.")
        return 0
    STAMP.unlink(missing_ok=True)
    if before | {"pages": ""} != now | {"pages": ""}:
        # Sphinx repeats no warning for a page it does not read again, so after a failed or
        # interrupted build, or a change beneath the pages, it reads them all. The cache of
        # executed notebooks stays.
        for name in ("html", ".doctrees", "jupyter_execute"):
            shutil.rmtree(BUILD / name, ignore_errors=True)
    env = environment(accept)
    kernel = BUILD / ".ipython" / "profile_default" / "ipython_kernel_config.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text('{"IPKernelApp": {"log_level": 40}}', encoding="utf-8")  # errors only
    if not (BUILD / ".matplotlib").exists():
        # Building its font list inside a notebook would print a notice, and a notice is an error.
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], env=env, check=True)
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(ROOT)]
    command += ["--path-output", str(ROOT), "-W", "--keep-going", "-q"]
    status = subprocess.run(command, env=env, check=False, cwd=ROOT).returncode
    if status:
        print("The book was not built: see the messages above.", file=sys.stderr)
        return status
    STAMP.write_text(json.dumps(state() if accept else now, indent=2) + "\n", encoding="utf-8")
    print(f"Open {page}, or run make serve.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
