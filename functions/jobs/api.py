"""HTTP entry point of the jobs domain."""

from common.api import create_app, lambda_handler
from jobs.batches import router as batch_router
from jobs.routes import router, vendor_router

app = create_app("jobs", batch_router, router, vendor_router)
handler = lambda_handler(app)
