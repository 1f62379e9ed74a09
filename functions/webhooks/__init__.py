"""Webhooks: telling a studio what happened, at addresses of its own, by Standard Webhooks 1.0.0."""
