"""Serve the built book on this machine, compressed as a public server would send it."""

import gzip
import sys
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"
TEXT = (".html", ".css", ".js", ".svg", ".json")
ADDRESS = ("127.0.0.1", 8000)


@lru_cache(maxsize=256)
def compressed(path: Path, _modified: int) -> bytes:
    """Compress a file once for each version of it."""
    return gzip.compress(path.read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Files of the book, with the book's own page for what is not there."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> BytesIO | None:
        """Answer with a text file, compressed if possible; the rest is the standard handler's."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path = path / "index.html"
        found = path.exists()
        path = path if found else Path(self.directory, "404.html")
        if found and path.suffix not in TEXT:
            return super().send_head()
        smaller = "gzip" in self.headers.get("Accept-Encoding", "")
        body = compressed(path, path.stat().st_mtime_ns) if smaller else path.read_bytes()
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if smaller:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def main() -> int:
    """Serve until Ctrl-C."""
    if not (HTML / "index.html").exists():
        print("There is no built book yet. Run make book first.", file=sys.stderr)
        return 1
    try:
        server = ThreadingHTTPServer(ADDRESS, partial(Handler, directory=str(HTML)))
    except OSError as error:
        print(f"Port {ADDRESS[1]} cannot be used: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"The book is at http://{ADDRESS[0]}:{ADDRESS[1]}/ until you press Ctrl-C.")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
