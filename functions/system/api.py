"""HTTP entry point of the system domain."""

from common.api import create_app, lambda_handler
from system.routes import router

app = create_app("system", router)
handler = lambda_handler(app)
