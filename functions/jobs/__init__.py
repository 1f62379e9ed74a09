"""Jobs: looking at slow work, finishing it, and watching over what got lost."""
