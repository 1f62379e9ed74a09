"""How the sandbox draws: a span canvas, two painters (portrait, landscape) and a finish for each style."""
