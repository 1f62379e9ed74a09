"""System: what the API says about itself, and every path nobody else answers."""
