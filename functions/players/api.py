"""HTTP entry point of the players domain."""

from common.api import create_app, lambda_handler
from players.routes import router

app = create_app("players", router)
handler = lambda_handler(app)
