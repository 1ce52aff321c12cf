"""Models played from a reference solution, usable without a key or a network; always named ``scripted:NAME``."""
