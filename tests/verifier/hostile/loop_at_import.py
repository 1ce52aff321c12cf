"""Never end while the code is loaded, before any function is called."""

while True:
    pass
