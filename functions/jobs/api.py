"""HTTP entry point of the jobs domain."""

from common.api import create_app, lambda_handler
from jobs.routes import router

app = create_app("jobs", router)
handler = lambda_handler(app)
