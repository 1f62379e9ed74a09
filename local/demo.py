"""The demo tenants, so that there is a key to start with."""

from typing import TYPE_CHECKING

from common.accounts import Accounts
from common.tenancy import Tenant, Tenants

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TENANTS = {
    "demo-key-123": Tenant(tenant_id="tenant_demo", name="Demo Stüdyo"),
    "demo-key-456": Tenant(tenant_id="tenant_demo_2", name="Demo Stüdyo 2"),
}


def add_demo_tenants(client: "DynamoDBClient", *, accounts_table: str, keys_table: str) -> None:
    """Let each demo key stand for its tenant."""
    tenants = Tenants(Accounts(client=client, accounts_table=accounts_table, keys_table=keys_table))
    for key, tenant in TENANTS.items():
        tenants.add_key(key, tenant)


def tenant_of(authorization: str) -> str | None:
    """Return whose demo key stands in an `Authorization` header."""
    tenant = TENANTS.get(authorization.rpartition(" ")[2])
    return tenant.tenant_id if tenant else None
