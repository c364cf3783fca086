import re
import shutil
from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.usecases.criteria import load_criteria
from analysis.usecases.patterns import NO_EXAMPLE, Pattern, PatternLibraryError, load_patterns
from explorer_app.texts import Texts, resource

FAMILIES = {
    "chatbot_first_info",
    "translation",
    "plain_language",
    "document_understanding",
    "documentation_assist",
    "form_filling",
    "matching",
    "knowledge_search",
    "forecasting",
    "scheduling",
    "fair_allocation",
    "fall_detection",
    "speech_to_text",
    "data_analysis",
    "fundraising_support",
    "no_ai_process_fix",
}


@pytest.fixture(scope="module")
def library() -> tuple[Pattern, ...]:
    return load_patterns(resource("patterns"))


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = tmp_path / "Müsterchen für Zoë"
    folder.mkdir()
    shutil.copy(resource("patterns", "translation.toml"), folder)
    return folder / "translation.toml"


def test_the_library_holds_the_sixteen_families(library: tuple[Pattern, ...]) -> None:
    assert {pattern.id for pattern in library} == FAMILIES
    assert len(library) == 16


def test_both_languages_say_different_sentences_of_the_same_number(library: tuple[Pattern, ...]) -> None:
    for pattern in library:
        german, english = pattern.text("de"), pattern.text("en")
        assert german.summary != english.summary
        assert len(german.symptoms) == len(english.symptoms)
        assert 3 <= len(german.today) <= 5
        assert 3 <= len(german.tomorrow) <= 5
        assert not set(german.symptoms) & set(english.symptoms)


def test_no_placeholder_is_left_in_a_sentence(library: tuple[Pattern, ...]) -> None:
    for pattern in library:
        for language in ("de", "en"):
            for name in ("ai_answer", "summary", "effort", "ki_act", "oversight", "next_step"):
                assert len(getattr(pattern.text(language), name).split()) >= 4, (pattern.id, language, name)


def test_the_ai_regulation_is_only_ever_suspected(library: tuple[Pattern, ...]) -> None:
    for pattern in library:
        assert "ermutlich" in pattern.text("de").ki_act, pattern.id
        assert "resumably" in pattern.text("en").ki_act, pattern.id


def test_effort_is_called_an_estimate_and_names_its_months(library: tuple[Pattern, ...]) -> None:
    for pattern in library:
        low, high = pattern.effort_months
        assert pattern.text("de").effort.startswith(f"Schätzung: {low} bis {high} Monate")
        assert pattern.text("en").effort.startswith(f"Estimate: {low} to {high} months")


def test_every_example_names_who_and_where_it_is_written(library: tuple[Pattern, ...]) -> None:
    for pattern in library:
        for example in pattern.examples:
            assert re.match(r"https?://[\w.-]+(:\d+)?/", example.address), example.title
            assert "utm_" not in example.address
            assert example.title
            assert example.organisation
            assert example.found["de"] != example.found["en"]
        line = pattern.example_line("de")
        assert line == NO_EXAMPLE["de"] if not pattern.examples else pattern.examples[0].address in line


def test_a_pattern_without_example_says_so_in_fixed_words(broken: Path) -> None:
    text = broken.read_text("utf-8")
    start, end = text.index("[[examples]]"), text.index("\n[de]")
    broken.write_text(text[:start] + text[end:], "utf-8")
    (pattern,) = load_patterns(broken.parent)
    assert pattern.example_line("de") == "kein belegtes Beispiel"
    assert pattern.example_line("en") == "no documented example"


def test_needs_no_ai_is_a_pattern_of_its_own(library: tuple[Pattern, ...]) -> None:
    pattern = next(p for p in library if p.id == "no_ai_process_fix")
    assert pattern.ai == "no"
    assert pattern.ki_act == "none"
    assert any(cue.ai == "no" for cue in pattern.cues)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "translation"', 'id = "other"', "id"),
        ('ai = "yes"', 'ai = "perhaps"', "ai"),
        ("effort_months = [2, 4]", "effort_months = [4, 2]", "effort_months"),
        ("sensitive = true", "sensitive = 1", "sensitive"),
        ('name = "Translating and getting across"', 'name = " "', "en.name"),
        ('name = "Translating and getting across"', 'nmae = "Translating"', "en.nmae"),
        ('  "Everybody nods', '  "One more.",\n  "Everybody nods', "en.symptoms"),
        ("https://wiki.integreat-app.de/maschinelleuebersetzungen", "somewhere", "examples[0].address"),
        ("year = 2023", 'year = "2023"', "examples[0].year"),
        ("weight = 1.2", "weight = 12.0", "cues[0].weight"),
        ("[signals]", "[signals", "TOML"),
    ],
)
def test_a_faulty_file_is_named_with_the_place(broken: Path, old: str, new: str, key: str) -> None:
    text = broken.read_text("utf-8")
    assert old in text
    broken.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PatternLibraryError) as caught:
        load_patterns(broken.parent)
    assert caught.value.message_id == "usecases.pattern_invalid"
    assert caught.value.values == {"file": "translation.toml", "key": key}
    for language in ("de", "en"):
        assert "translation.toml" in Texts(language)(caught.value.message_id, **caught.value.values)


def test_a_missing_or_empty_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PatternLibraryError) as missing:
        load_patterns(tmp_path / "weg")
    assert missing.value.message_id == "usecases.library_missing"
    with pytest.raises(PatternLibraryError) as empty:
        load_patterns(tmp_path)
    assert empty.value.message_id == "usecases.library_empty"


def test_bytes_that_are_no_text_are_refused(broken: Path) -> None:
    broken.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(PatternLibraryError):
        load_patterns(broken.parent)


def test_the_eight_criteria_say_what_one_three_and_five_mean() -> None:
    criteria = load_criteria(resource("criteria", "criteria.json"))
    assert [c.key for c in criteria] == [
        "feasible",
        "impact",
        "scalable",
        "refinanceable",
        "data",
        "protection",
        "human",
        "staff",
    ]
    for criterion in criteria:
        assert set(criterion.scale) == {"1", "3", "5"}
        assert len({criterion.scale[s]["de"] for s in criterion.scale}) == 3
        assert criterion.cross_checks
        assert criterion.title["de"] != criterion.title["en"]
    assert {n for c in criteria for x in c.cross_checks for n in x.source.split() if n.isdigit()} == set(
        "1234567"
    )


def test_a_damaged_criteria_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "criteria.json"
    path.write_text('{"criteria": [{"key": "x"}]}', "utf-8")
    with pytest.raises(AnalysisError) as caught:
        load_criteria(path)
    assert caught.value.values["file"] == "criteria.json"
    path.write_text("{", "utf-8")
    with pytest.raises(AnalysisError):
        load_criteria(path)
