"""`make turkish`: how well the Turkish engine reads, beside what one would write without it, and what it costs."""
