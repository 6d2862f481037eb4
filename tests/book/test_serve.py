"""The server behind ``make serve``."""

import gzip
import threading
from functools import partial
from http.client import HTTPConnection
from http.server import ThreadingHTTPServer

import pytest
import serve

PAGE = "<p>A page.</p>" * 100


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Serve a small folder."""
    folder = tmp_path_factory.mktemp("html")
    (folder / "index.html").write_text(PAGE)
    (folder / "404.html").write_text("Page not found")
    (folder / "font.woff2").write_bytes(b"wOF2")
    handler = partial(serve.Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        connection = HTTPConnection(*server.server_address)
        yield connection
        connection.close()
        server.shutdown()
        thread.join()


def get(connection, path, **headers):
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer, answer.read()


@pytest.mark.parametrize("path", ["/", "/index.html", "/?q=pooling"])
def test_text_is_compressed_for_those_who_can_read_it(connection, path):
    answer, body = get(connection, path, **{"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body).decode() == PAGE


def test_text_is_plain_for_others_and_fonts_are_never_compressed(connection):
    answer, body = get(connection, "/index.html")
    assert "Content-Encoding" not in answer.headers
    assert body.decode() == PAGE
    answer, body = get(connection, "/font.woff2", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert body == b"wOF2"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_is_not_there_gets_the_page_that_says_so(connection, encoding):
    answer, body = get(connection, "/nowhere.html", **{"Accept-Encoding": encoding})
    assert answer.status == 404
    compressed = answer.headers.get("Content-Encoding") == "gzip"
    assert compressed == (encoding == "gzip")
    assert (gzip.decompress(body) if compressed else body).decode() == "Page not found"
