"""Read and write text that is not ASCII, with the encodings that code forgets to name."""

import sqlite3


def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    name = sqlite3.connect(final_db_path).execute("SELECT name FROM users WHERE id = 2").fetchone()[0]
    with open("ζ.txt", "w") as file:
        file.write(name + " 漢字 🙂")
    with open("ζ.txt") as file:
        text = file.read()
    return {"result": "complete" if text == "Zoë 漢字 🙂" and name.encode("latin-1") == b"Zo\xeb" else "others"}
