"""The usage: what a studio used and paid, day by day, and what it may still use."""
