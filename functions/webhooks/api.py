"""HTTP entry point of the webhooks domain."""

from common.api import create_app, lambda_handler
from webhooks.routes import router

app = create_app("webhooks", router)
handler = lambda_handler(app)
