"""``python -m awm_langgraph.cli``."""

from awm_langgraph.cli import main

if __name__ == "__main__":
    main()
