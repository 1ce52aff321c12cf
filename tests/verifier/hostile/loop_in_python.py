"""Never end, swallowing whatever asks it to."""


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
