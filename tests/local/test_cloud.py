from local.cloud import Cloud


async def test_services_that_the_environment_names_are_used_instead_of_moto() -> None:
    cloud = await Cloud.open({"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_SQS": "http://b"})
    try:
        assert cloud.client("dynamodb").meta.endpoint_url == "http://a"
        assert {name: url for name, url in cloud.variables.items() if "ENDPOINT" in name} == {
            "AWS_ENDPOINT_URL_DYNAMODB": "http://a",
            "AWS_ENDPOINT_URL_SQS": "http://b",
            "AWS_ENDPOINT_URL_S3": "http://a",
        }
    finally:
        await cloud.close()


async def test_a_named_service_is_asked_with_the_callers_own_credentials() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_SESSION_TOKEN": "now"}
    cloud = await Cloud.open(
        {"AWS_ENDPOINT_URL": "http://a", "AWS_PROFILE": "other", "AWS_REGION": "us-east-1", **keys}
    )

    assert keys.items() <= cloud.variables.items()
    assert "AWS_PROFILE" not in cloud.variables
    assert cloud.region == "us-east-1"


async def test_moto_never_sees_them() -> None:
    cloud = await Cloud.open({"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "hush"})
    try:
        assert cloud.variables["AWS_ACCESS_KEY_ID"] == "local"
        assert cloud.region == "eu-central-1"
        assert cloud.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    finally:
        await cloud.close()
