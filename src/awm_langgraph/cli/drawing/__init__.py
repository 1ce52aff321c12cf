"""How results look in a terminal: everything is drawn from values, nothing is fetched here."""
