"""The operator's command line: tenants, their keys, tiers, limits and budgets; messages that were given up."""
