"""The ways in which the stores touch the table, each one call.

A conditional write that is refused answers with the item as it stands
(``ReturnValuesOnConditionCheckFailure``), so that nobody reads again to learn why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Attr, ConditionBase, ConditionExpressionBuilder

from shared.aws.faults import aws_faults
from shared.aws.items import PARTITION_KEY, SORT_KEY, Plain, decode, encode
from shared.domain.errors import TransientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Changes:
    """What an update does.

    ``put`` replaces attributes, ``add`` adds to numbers and sets, ``discard`` takes members from sets.
    """

    put: Mapping[str, Any] = field(default_factory=dict)
    add: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    discard: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class QueryPage:
    """Items in index order, and where the next page starts (None: nothing follows)."""

    items: tuple[Plain, ...]
    next_key: Plain | None


class Table:
    """One table, reached by a low-level client (boto3's resources are not thread-safe)."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def get(self, key: Plain, *, consistent: bool) -> Plain | None:
        """The item, or None. An inconsistent read costs half and may be a second old."""
        with aws_faults():
            answer = self._client.get_item(
                TableName=self._table_name, Key=encode(key), ConsistentRead=consistent
            )
        return decode(answer["Item"]) if "Item" in answer else None

    def put(self, item: Plain) -> None:
        """Write an item, replacing what stood there."""
        with aws_faults():
            self._client.put_item(TableName=self._table_name, Item=encode(item))

    def put_new(self, item: Plain) -> None:
        """Write an item that is not there yet. Raises ``ConditionFailed``."""
        condition = _Expressions()
        absent = condition.of(Attr(PARTITION_KEY).not_exists())
        with aws_faults():
            self._client.put_item(
                TableName=self._table_name,
                Item=encode(item),
                ConditionExpression=absent,
                ExpressionAttributeNames=condition.names,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def update(self, key: Plain, changes: Changes, *, condition: ConditionBase | None = None) -> Plain:
        """Change an item (or make it) in one write; returns it as changed. Raises ``ConditionFailed``."""
        expressions = _Expressions()
        update_expression = expressions.update(changes)
        optional: dict[str, Any] = {}
        if condition is not None:
            optional["ConditionExpression"] = expressions.of(condition)
            optional["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        with aws_faults():
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=encode(key),
                UpdateExpression=update_expression,
                ExpressionAttributeNames=expressions.names,
                ExpressionAttributeValues=encode(expressions.values),
                ReturnValues="ALL_NEW",
                **optional,
            )
        return decode(answer["Attributes"])

    def delete(self, key: Plain, *, condition: ConditionBase | None = None) -> None:
        """Remove an item; one that is not there is no error. Raises ``ConditionFailed``."""
        expressions = _Expressions()
        optional: dict[str, Any] = {}
        if condition is not None:
            optional = {
                "ConditionExpression": expressions.of(condition),
                "ExpressionAttributeNames": expressions.names,
                "ExpressionAttributeValues": encode(expressions.values),
            }
        with aws_faults():
            self._client.delete_item(TableName=self._table_name, Key=encode(key), **optional)

    def query_all(self, key_condition: ConditionBase, *, keys_alone: bool = False) -> list[Plain]:
        """Everything in a partition that the condition names, as of now, in rising order."""
        found: list[Plain] = []
        only: dict[str, Any] = {"ProjectionExpression": f"{PARTITION_KEY}, {SORT_KEY}"} if keys_alone else {}
        place: dict[str, Any] = {}
        while True:
            expressions = _Expressions()
            with aws_faults():
                answer = self._client.query(
                    TableName=self._table_name,
                    KeyConditionExpression=expressions.of(key_condition, is_key=True),
                    ExpressionAttributeNames=expressions.names,
                    ExpressionAttributeValues=encode(expressions.values),
                    ConsistentRead=True,
                    **only,
                    **place,
                )
            found += [decode(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            place = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def get_many(self, keys: Sequence[Plain]) -> list[Plain]:
        """The items that are there of up to 100 keys, in no order; they may be a second old.

        Costs as many reads as single gets, in one call. What a call leaves out (it answers 16 MB at most,
        or was throttled) is asked for again. Raises ``TransientError`` if nothing comes any more.
        """
        found: list[Plain] = []
        asked: list[Any] = [encode(key) for key in keys]
        while asked:
            with aws_faults():
                answer = self._client.batch_get_item(RequestItems={self._table_name: {"Keys": asked}})
            found += [decode(item) for item in answer["Responses"].get(self._table_name, [])]
            unprocessed = answer["UnprocessedKeys"]
            left_out = list(unprocessed[self._table_name]["Keys"]) if unprocessed else []
            if len(left_out) == len(asked):
                raise TransientError(f"BatchGetItem: none of {len(asked)} items is given: throttled")
            asked = left_out
        return found

    def query_last(self, key_condition: ConditionBase, *, read_at_most: int) -> list[Plain]:
        """The last items of a partition that the condition names, the last first."""
        expressions = _Expressions()
        with aws_faults():
            answer = self._client.query(
                TableName=self._table_name,
                KeyConditionExpression=expressions.of(key_condition, is_key=True),
                ExpressionAttributeNames=expressions.names,
                ExpressionAttributeValues=encode(expressions.values),
                ScanIndexForward=False,
                Limit=read_at_most,
            )
        return [decode(item) for item in answer["Items"]]

    def query_newest_first(
        self,
        index: str,
        key_condition: ConditionBase,
        *,
        only: ConditionBase | None,
        read_at_most: int,
        after: Plain | None,
    ) -> QueryPage:
        """One page of an index in falling order. ``only`` filters after ``read_at_most`` items were read."""
        return self._query(index, key_condition, only, read_at_most, after, forward=False)

    def query_oldest_first(
        self, index: str, key_condition: ConditionBase, *, read_at_most: int, after: Plain | None
    ) -> QueryPage:
        """One page of an index in rising order."""
        return self._query(index, key_condition, None, read_at_most, after, forward=True)

    def _query(
        self,
        index: str,
        key_condition: ConditionBase,
        only: ConditionBase | None,
        read_at_most: int,
        after: Plain | None,
        *,
        forward: bool,
    ) -> QueryPage:
        expressions = _Expressions()
        optional: dict[str, Any] = {}
        if only is not None:
            optional["FilterExpression"] = expressions.of(only)
        if after is not None:
            optional["ExclusiveStartKey"] = encode(after)
        with aws_faults():
            answer = self._client.query(
                TableName=self._table_name,
                IndexName=index,
                KeyConditionExpression=expressions.of(key_condition, is_key=True),
                ExpressionAttributeNames=expressions.names,
                ExpressionAttributeValues=encode(expressions.values),
                ScanIndexForward=forward,
                Limit=read_at_most,
                **optional,
            )
        next_key = answer.get("LastEvaluatedKey")
        return QueryPage(
            tuple(decode(item) for item in answer["Items"]), decode(next_key) if next_key else None
        )


class _Expressions:
    """Collects the names and values that the expressions of one request stand for."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._builder = ConditionExpressionBuilder()

    def of(self, condition: ConditionBase, *, is_key: bool = False) -> str:
        """The text of a condition."""
        built = self._builder.build_expression(condition, is_key_condition=is_key)
        self.names.update(built.attribute_name_placeholders)
        self.values.update(built.attribute_value_placeholders)
        return built.condition_expression

    def update(self, changes: Changes) -> str:
        """The text of an update."""
        put = [f"{self._name(name)} = {self._value(value)}" for name, value in changes.put.items()]
        add = [f"{self._name(name)} {self._value(value)}" for name, value in changes.add.items()]
        remove = [self._name(name) for name in changes.remove]
        discard = [f"{self._name(name)} {self._value(value)}" for name, value in changes.discard.items()]
        clauses = (("SET", put), ("ADD", add), ("REMOVE", remove), ("DELETE", discard))
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses if parts)

    def _name(self, name: str) -> str:
        placeholder = f"#u{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def _value(self, value: object) -> str:
        placeholder = f":u{len(self.values)}"
        self.values[placeholder] = value
        return placeholder
