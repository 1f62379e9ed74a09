"""HTTP entry point of the images domain."""

from common.api import create_app, lambda_handler
from images.routes import router

app = create_app("images", router)
handler = lambda_handler(app)
