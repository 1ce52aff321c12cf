"""Ask for the environment, the home and the place for temporary files, as portable code does."""

import os
import pathlib
import tempfile


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    debug = os.environ.get("DEBUG", "0") == "1"
    os.environ["SEEN"] = "yes"
    places = [
        pathlib.Path.home(),
        pathlib.Path(tempfile.gettempdir()),
        pathlib.Path.cwd(),
        pathlib.Path("~").expanduser(),
    ]
    good = not debug and os.getenv("SEEN") == "yes" and all(place.is_dir() for place in places)
    return {"result": "complete" if good else "others"}
