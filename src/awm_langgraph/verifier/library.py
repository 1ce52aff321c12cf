"""The modules of the standard library that verifiers use most, loaded once so that their children need not."""

from __future__ import annotations

from importlib import import_module

_NAMES = """
    abc argparse ast asyncio base64 bisect calendar codecs collections collections.abc concurrent.futures contextlib copy
    csv ctypes dataclasses datetime decimal difflib email.utils enum errno fnmatch fractions functools getpass glob gzip
    hashlib heapq hmac html html.parser importlib inspect io ipaddress itertools json keyword linecache locale logging
    math mimetypes numbers operator os os.path pathlib pickle platform pprint queue random re reprlib secrets shutil
    signal socket sqlite3 statistics string struct subprocess tempfile textwrap threading time timeit traceback types
    typing unicodedata unittest.mock urllib.parse urllib.request uuid warnings weakref xml.etree.ElementTree zlib zoneinfo
"""


def load() -> None:
    """Import them all; a build of Python that lacks one does without."""
    for name in _NAMES.split():
        try:
            import_module(name)
        except ImportError:
            continue
