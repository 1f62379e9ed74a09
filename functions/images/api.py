"""HTTP entry point of the images domain."""

from common.api import create_app, lambda_handler
from images.models import MAX_BODY_BYTES
from images.routes import router

app = create_app("images", router, max_body_bytes=MAX_BODY_BYTES)
handler = lambda_handler(app)
