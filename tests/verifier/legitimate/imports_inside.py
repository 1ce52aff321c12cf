"""Import modules late, among them ones with C code that are not loaded yet."""


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    import array
    import bz2
    import cmath
    import configparser
    import gzip
    import lzma
    import mimetypes
    import pickle
    import xml.etree.ElementTree as tree
    import zlib
    from email.utils import parsedate_to_datetime

    packed = [len(pack(b"x" * 1000)) < 1000 for pack in (gzip.compress, bz2.compress, lzma.compress, zlib.compress)]
    parsed = tree.fromstring("<a><b>1</b></a>").findtext("b") == "1"
    again = pickle.loads(pickle.dumps(array.array("i", [1, 2]))) == array.array("i", [1, 2])
    named = mimetypes.guess_type("a.json")[0] == "application/json" and configparser.ConfigParser() is not None
    when = parsedate_to_datetime("Fri, 01 Mar 2024 09:00:00 GMT").year == 2024
    return {"result": "complete" if all([*packed, parsed, again, named, when, cmath.sqrt(-1) == 1j]) else "others"}
