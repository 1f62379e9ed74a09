"""Players: the tokens that their game clients hold in the place of a key."""
