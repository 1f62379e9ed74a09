"""HTTP entry point of the config domain."""

from common.api import create_app, lambda_handler
from config.routes import router

app = create_app("config", router)
handler = lambda_handler(app)
