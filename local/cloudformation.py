"""CloudFormation's YAML and the intrinsic functions that template.yaml uses, resolved without AWS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

ACCOUNT = "123456789012"

_ABSENT = object()
_PLACEHOLDER = re.compile(r"\$\{(?P<literal>!)?(?P<name>[^}]+)\}")


class _Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}` and `!Sub x` as `{"Fn::Sub": "x"}`."""


def _construct_intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(cast("yaml.MappingNode", node), deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_intrinsic)  # pyright: ignore[reportUnknownMemberType]


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the template with its intrinsic functions in their long, JSON form."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader


@dataclass(frozen=True)
class Resolver:
    """Replaces intrinsic functions by their values.

    A resource's own `Ref` and attributes come from `references` ("ImageQueue") and `attributes` ("ImageQueue.Arn").
    """

    document: Mapping[str, Any]
    parameters: Mapping[str, str]
    region: str
    references: Mapping[str, str] = field(default_factory=dict[str, str])
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])

    def resolve(self, node: Any) -> Any:
        """Return `node` without intrinsic functions; entries that are `AWS::NoValue` are left out.

        Raises:
            KeyError: it refers to something this resolver does not know.
        """
        if isinstance(node, list):
            values = [self.resolve(child) for child in cast("list[Any]", node)]
            return [value for value in values if value is not _ABSENT]
        if not isinstance(node, dict):
            return node
        tree = cast("dict[str, Any]", node)
        if len(tree) == 1:
            name, argument = next(iter(tree.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        resolved = {key: self.resolve(child) for key, child in tree.items()}
        return {key: value for key, value in resolved.items() if value is not _ABSENT}

    def _call(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._reference(argument)
            case "Fn::GetAtt":
                return self.attributes[argument if isinstance(argument, str) else ".".join(argument)]
            case "Fn::Sub":
                return self._substitute(argument)
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(str(part) for part in self.resolve(parts))
            case "Fn::If":
                condition, then, otherwise = argument
                return self.resolve(then if self._holds(condition) else otherwise)
            case _:
                raise KeyError(f"{name} is not played here")

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _ABSENT
        if name in self.references:
            return self.references[name]
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackName": "meddah",
            "AWS::URLSuffix": "amazonaws.com",
        }
        return pseudo[name] if name in pseudo else self._parameter(name)

    def _parameter(self, name: str) -> str:
        declared = self.document["Parameters"][name]
        return str(self.parameters[name] if name in self.parameters else declared["Default"])

    def _substitute(self, argument: Any) -> str:
        text, values = cast("tuple[str, dict[str, Any]]", argument if isinstance(argument, list) else (argument, {}))

        def value(match: re.Match[str]) -> str:
            name = match["name"]
            if match["literal"]:
                return "${" + name + "}"
            if name in values:
                return str(self.resolve(values[name]))
            return self.attributes[name] if "." in name else str(self._reference(name))

        return _PLACEHOLDER.sub(value, text)

    def _holds(self, condition: str) -> bool:
        return self._test(self.document["Conditions"][condition])

    def _test(self, node: Mapping[str, Any]) -> bool:
        name, argument = next(iter(node.items()))
        match name:
            case "Condition":
                return self._holds(argument)
            case "Fn::Equals":
                left, right = (json.dumps(self.resolve(side)) for side in argument)
                return left == right
            case "Fn::Not":
                return not self._test(argument[0])
            case "Fn::And":
                return all(self._test(child) for child in argument)
            case "Fn::Or":
                return any(self._test(child) for child in argument)
            case _:
                raise KeyError(f"{name} is not played here")
