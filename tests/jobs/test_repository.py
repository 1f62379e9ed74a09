"""The files of finished jobs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError

from common.providers import Media, Usage
from jobs.repository import URL_SECONDS, AssetStore, assets
from tests.support.deployment import Deployment

JOB = "job_" + "0" * 26


@pytest.fixture
def store(deployment: Deployment) -> AssetStore:
    return assets()


def _media(content: bytes = b"\x89PNG", content_type: str = "image/png") -> Media:
    return Media(content, content_type, {}, Usage(model="m"))


@pytest.mark.parametrize(
    ("content_type", "suffix"),
    [
        ("image/png", "png"),
        ("image/jpeg", "jpg"),
        ("audio/mpeg", "mp3"),
        ("audio/wav", "wav"),
        ("audio/pcm", "pcm"),
        ("x/y", "bin"),
    ],
)
def test_a_file_lies_under_its_tenant_with_its_type(
    deployment: Deployment, store: AssetStore, content_type: str, suffix: str
) -> None:
    key = store.put("tenant_demo", JOB, _media(b"abc", content_type))

    assert key == f"jobs/tenant_demo/{JOB}.{suffix}"
    stored = deployment.s3.get_object(Bucket=deployment.settings.assets_bucket, Key=key)
    assert (stored["Body"].read(), stored["ContentType"]) == (b"abc", content_type)


def test_the_files_of_two_tenants_never_meet(store: AssetStore) -> None:
    assert store.put("alice", JOB, _media()) != store.put("bob", JOB, _media())


def test_storing_again_replaces_the_file_by_itself(deployment: Deployment, store: AssetStore) -> None:
    for _ in range(2):
        key = store.put("alice", JOB, _media())

    listed = deployment.s3.list_objects_v2(Bucket=deployment.settings.assets_bucket)
    assert [one["Key"] for one in listed["Contents"]] == [key]


def test_a_signed_address_serves_the_file(store: AssetStore) -> None:
    answer = requests.get(store.sign(store.put("alice", JOB, _media(b"abc"))), timeout=5)

    assert (answer.status_code, answer.content) == (200, b"abc")
    assert answer.headers["content-type"] == "image/png"


def test_a_signature_is_version_4_for_one_file_and_a_quarter_of_an_hour(store: AssetStore) -> None:
    address = urlsplit(store.sign("jobs/alice/x.png"))
    query = {name: values[0] for name, values in parse_qs(address.query).items()}

    assert address.scheme == "https"
    assert address.path.endswith("/jobs/alice/x.png")
    assert (query["X-Amz-Algorithm"], query["X-Amz-Expires"]) == ("AWS4-HMAC-SHA256", str(URL_SECONDS))
    assert query["X-Amz-SignedHeaders"] == "host"
    assert "/eu-central-1/s3/aws4_request" in query["X-Amz-Credential"]


def test_signing_asks_nobody(deployment: Deployment, store: AssetStore) -> None:
    deployment.s3.meta.events.register("before-send.s3", lambda **_: pytest.fail("it asked S3"))

    assert "X-Amz-Signature" in store.sign("jobs/alice/not-there.png")


def test_a_bucket_that_is_not_there_is_no_silent_loss(deployment: Deployment) -> None:
    with pytest.raises(ClientError):
        AssetStore(client=deployment.s3, bucket="no-such-bucket").put("alice", JOB, _media())
