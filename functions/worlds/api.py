"""HTTP entry point of the worlds domain."""

from common.api import create_app, lambda_handler
from worlds.routes import router

app = create_app("worlds", router)
handler = lambda_handler(app)
