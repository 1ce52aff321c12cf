"""Answer a value that contains itself, and one that doubles at every level."""


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    bomb = ["x"]
    for _ in range(40):
        bomb = [bomb, bomb]
    ring = {}
    ring["ring"] = ring
    return {"result": "complete", "bomb": bomb, "ring": ring}
