"""Serve the built book from this machine under a sub-path, by the server of ``make serve``."""

import functools
import http.server
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build" / "html"
SUB_PATH = "/some/course"

_spec = importlib.util.spec_from_file_location("serve", ROOT / "site" / "serve.py")
_serve = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_serve)


class _Handler(_serve.Handler):
    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(SUB_PATH))


@contextmanager
def serve_book() -> Iterator[str]:
    """Yield the address of the built book while it is served."""
    if not (HTML / "index.html").exists():
        raise SystemExit("The book is not built. Run `make book` first.")
    handler = functools.partial(_Handler, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{SUB_PATH}"
        server.shutdown()
