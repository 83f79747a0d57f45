"""Records that nobody needs for ever say until when the table keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.aws.file_store import DynamoFileStore
from shared.testing.builders import make_file
from shared.testing.clock import START

REMAINS = timedelta(days=30)


@pytest.mark.parametrize(
    ("kept_until", "counts_from"),
    [
        (None, START + timedelta(hours=1)),
        (START + timedelta(days=7), START + timedelta(days=7)),
        (START + timedelta(minutes=1), START + timedelta(hours=1)),
    ],
    ids=["upload alone", "tier", "upload after tier"],
)
def test_a_file_that_never_came_is_forgotten_a_month_after_it_was_to_be_kept(
    moto_cloud, kept_until, counts_from
):
    table = moto_cloud.table_name()
    file = make_file(kept_until=kept_until, upload_expires_at=START + timedelta(hours=1))
    files = DynamoFileStore(moto_cloud.dynamodb, table)
    files.create(file)
    item = moto_cloud.dynamodb.get_item(
        TableName=table, Key={"PK": {"S": f"FILE#{file.file_id}"}, "SK": {"S": "META"}}
    )["Item"]
    assert int(item["ttl"]["N"]) == int((counts_from + REMAINS).timestamp())
    assert files.get(file.file_id) == file
