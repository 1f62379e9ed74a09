"""HTTP entry point of the usage domain."""

from common.api import create_app, lambda_handler
from usage.routes import router

app = create_app("usage", router)
handler = lambda_handler(app)
