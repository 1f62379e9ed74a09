"""Voice: texts spoken, speech understood."""
