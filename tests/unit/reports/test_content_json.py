"""Canonical JSON of a brief."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from explorer_app.domain.brief_content import BriefContent
from explorer_app.domain.errors import DamagedError
from explorer_app.reports.content_json import content_from_json, content_json, content_sha256


def test_content_survives_the_way_there_and_back(any_brief: BriefContent) -> None:
    assert content_from_json(content_json(any_brief)) == any_brief


def test_the_text_is_canonical(realistic_brief: BriefContent) -> None:
    text = content_json(realistic_brief)
    assert "Gründelheim" in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_any_change_changes_the_hash(realistic_brief: BriefContent) -> None:
    changed = [
        replace(realistic_brief, bias=realistic_brief.bias + " "),
        replace(realistic_brief, machine_share=None),
        replace(realistic_brief, quotes=realistic_brief.quotes[:2]),
        replace(realistic_brief, sample=False),
    ]
    hashes = {content_sha256(content) for content in (realistic_brief, *changed)}
    assert len(hashes) == 5
    assert all(len(one) == 64 for one in hashes)


def test_a_whole_number_as_a_score_reads_back_the_same(realistic_brief: BriefContent) -> None:
    back = content_from_json(content_json(realistic_brief))
    assert content_sha256(back) == content_sha256(realistic_brief)


def test_fields_with_defaults_may_be_missing(realistic_brief: BriefContent) -> None:
    values = json.loads(content_json(realistic_brief))
    for name in ("trace", "fresh_notes", "sample"):
        del values["brief"][name]
    back = content_from_json(json.dumps(values))
    assert back == replace(realistic_brief, trace=(), fresh_notes=(), sample=False)


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", '{"format": 99, "brief": {}}', '{"format": 1}', '{"format": 1, "brief": {}}'],
)
def test_a_damaged_text_is_named(text: str) -> None:
    with pytest.raises(DamagedError) as caught:
        content_from_json(text)
    assert caught.value.message_id == "reports.content_damaged"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 5),
        ("quotes", {}),
        ("issued_on", "gestern"),
        ("version", "1"),
        ("lights", [{"light": "blau"}]),
        ("neu", 1),
    ],
)
def test_a_value_of_the_wrong_kind_is_damage(realistic_brief: BriefContent, name: str, value: object) -> None:
    values = json.loads(content_json(realistic_brief))
    values["brief"][name] = value
    with pytest.raises(DamagedError):
        content_from_json(json.dumps(values))


def test_all_fields_are_stored(realistic_brief: BriefContent) -> None:
    stored = json.loads(content_json(realistic_brief))["brief"]
    assert set(stored) == {field.name for field in fields(BriefContent)}
