"""HTTP entry point of the voice domain."""

from common.api import create_app, lambda_handler
from voice.models import MAX_BODY_BYTES
from voice.routes import router

app = create_app("voice", router, max_body_bytes=MAX_BODY_BYTES)
handler = lambda_handler(app)
