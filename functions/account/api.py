"""HTTP entry point of the account domain."""

from account.routes import router
from common.api import create_app, lambda_handler

app = create_app("account", router)
handler = lambda_handler(app)
