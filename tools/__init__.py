"""What the Makefile runs: generators, checks and the emulator. Nothing here is deployed."""
