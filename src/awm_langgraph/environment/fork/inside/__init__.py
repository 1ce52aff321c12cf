"""What runs in the forked processes, beside a scenario's code. The runner imports nothing from here but constants."""
