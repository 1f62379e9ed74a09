"""HTTP entry point of the jobs domain."""

from common.api import create_app, lambda_handler
from jobs.routes import router, vendor_router

app = create_app("jobs", router, vendor_router)
handler = lambda_handler(app)
