"""What every domain shares: the application, tenancy, storage, jobs, Turkish, and the ports to the models."""
