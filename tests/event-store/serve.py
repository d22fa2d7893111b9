"""Serves moto on a free port of 127.0.0.1, which it prints, until nobody holds its standard input any more."""

import os
import sys
import threading

from moto.server import main


def end():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end, daemon=True).start()
main(["--host", "127.0.0.1", "--port", "0"])
