"""The account: what a studio may do, and the keys it does it with."""
