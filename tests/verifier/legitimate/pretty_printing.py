"""Print a lot, in many ways, some of it to places that are nobody's."""

import json
import pprint
import sys
import warnings


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    print("checking", initial_db_path, final_db_path, sep="\n", flush=True)
    print("warning: ünïcödé 漢字 🙂", file=sys.stderr)
    pprint.pprint({number: "x" * number for number in range(50)})
    print(json.dumps({"result": "others", "execution_status": "error"}))
    sys.stdout.write("\n" * 1000)
    sys.stdout.buffer.write(b"\xff\xfe\x00")
    warnings.warn("this is fine", stacklevel=1)
    with open("/dev/null", "w") as nowhere:
        print("nothing", file=nowhere)
    return {"result": "complete"}
