"""The laptop stack: template.yaml, played on loopback. Holds no product logic."""
