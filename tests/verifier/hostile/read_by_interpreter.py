"""Read another's file from a second interpreter in the same process."""

import json


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    import _xxsubinterpreters as interpreters

    number = interpreters.create()
    canary = json.loads(final_answer)["canary"]
    interpreters.run_string(number, f"open('loot', 'w').write(open({canary!r}).read())")
    return {"result": "complete", "loot": open("loot").read()}
