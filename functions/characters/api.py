"""HTTP entry point of the characters domain."""

from characters.routes import router
from common.api import create_app, lambda_handler

app = create_app("characters", router)
handler = lambda_handler(app)
