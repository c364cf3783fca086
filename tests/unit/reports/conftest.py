"""Brief contents for tests: realistic, empty, overfull and hostile ones, all invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from explorer_app.domain.brief_content import (
    BriefContent,
    BriefCount,
    BriefCriterion,
    BriefLight,
    BriefQuote,
    BriefTrace,
    Light,
)

_SPOKEN = BriefQuote(
    label="B-041",
    wording=(
        "Wenn ich’s dreimal aufschreib, fühlt sich das an wie Strafarbeit. Und die Kasse "
        "will’s dann nochmal anders."
    ),
    speaker="P-07",
    role="Pflegefachkraft",
    facility="Haus am Anger, Gründelheim",
    source="Interview Frühdienst",
    visit="Gespräch im Dienstzimmer, 12. Mai 2026",
    recorded=True,
    recording="interview_altenpflege.flac",
    start=1060.0,
    end=1072.4,
    fresh=(
        "Wenn ich es dreimal aufschreib, fühlt sich das an wie Strafarbeit und die "
        "Klasse will’s dann nochmal anders."
    ),
    confirmed_by="Explorerin M. K.",
    consent="Zitat im Steckbrief, bis 31. Dezember 2027",
)


def realistic(language: str = "de") -> BriefContent:
    """Return a full brief with ratings, quotes and counter-evidence."""
    return BriefContent(
        language=language,
        exploration="Pflege und Beratung in Gründelheim",
        title="Übergabe-Hörbuch: einmal sprechen statt dreimal schreiben",
        problem_name="Alles wird dreifach geschrieben",
        problem=(
            "Pflegekräfte tragen nach jedem Rundgang dieselben Angaben auf Zettel, Tafel und "
            "ins Programm ein, weil nichts zusammenhängt; das kostet 70 bis 90 Minuten je "
            "Schicht."
        ),
        facility_types=("Stationäre Altenpflege", "Notunterkunft"),
        affected=("Pflegefachkräfte im Früh- und Nachtdienst", "Bewohnerinnen und Bewohner mittelbar"),
        quote_count=18,
        people_count=7,
        facility_count=2,
        note_count=11,
        counter_count=2,
        quotes=(
            _SPOKEN,
            BriefQuote(
                label="B-057",
                wording="54 Häkchen auf dem Nachtblatt, danach 54-mal anklicken.",
                speaker="P-09",
                role="Nachtwache",
                facility="Haus am Anger, Gründelheim",
                source="Feldnotiz",
                visit="Nachtdienst, 14. Mai 2026",
                recorded=False,
                consent="Zitat im Steckbrief, unbefristet",
            ),
            BriefQuote(
                label="B-112",
                wording=(
                    "Pro Name: Strich auf der Türliste, dann ins Dienstbuch, dann die Tabelle am PC. "
                    "Um sechs soll alles fertig sein."
                ),
                speaker="P-15",
                role="Ehrenamtlicher",
                facility="Notunterkunft Brückenstraße",
                source="Interview Nachtdienst",
                visit="Gespräch, 20. Mai 2026",
                recorded=True,
                recording="notunterkunft.flac",
                start=195.2,
                end=204.9,
                fresh=(
                    "Pro Name Strich auf der Türliste, dann ins Dienstbuch, dann die Tabelle am PC. "
                    "Um sechs soll alles fertig sein."
                ),
                confirmed_by="Explorer T. B.",
                consent="Zitat im Steckbrief, bis 31. Dezember 2027",
            ),
        ),
        counter_quotes=(
            BriefQuote(
                label="B-088",
                wording="Die Wundbilder machen wir direkt mit dem Tablet, das läuft.",
                speaker="P-11",
                role="Wundmanagerin",
                facility="Haus am Anger, Gründelheim",
                source="Interview Wundversorgung",
                visit="Gespräch, 13. Mai 2026",
                recorded=True,
                recording="wunde.flac",
                start=242.0,
                end=247.0,
                fresh="Die Wundbilder machen wir direkt mit dem Tablet, das läuft.",
                confirmed_by="Explorerin M. K.",
                consent="Zitat im Steckbrief, bis 31. Dezember 2027",
                stance="counter",
            ),
        ),
        idea=(
            "Die Pflegekraft spricht die Beobachtung am Bett in ein Gerät, das ohne Netz "
            "arbeitet. Es schreibt mit, ordnet die Sätze den Feldern der Dokumentation zu "
            "und legt sie zur Freigabe vor. Zur Übergabe gibt es eine Zusammenfassung zum "
            "Anhören."
        ),
        needs_ai="yes",
        needs_ai_reason=(
            "Freies Sprechen im Dialekt und mit Fachwörtern lässt sich ohne Spracherkennung "
            "nicht in Felder bringen. Ein gemeinsames Formular würde nur einen Teil der "
            "Doppelarbeit sparen."
        ),
        pattern="Sprache zu Text mit Zuordnung zu Feldern",
        reasons_for=(
            "Angaben werden gesprochen, bevor sie geschrieben werden",
            "18 Belege aus zwei Einrichtungen",
        ),
        reasons_against=("Wundbilder laufen schon ohne Medienbruch",),
        example="",
        today=(
            "Beobachtung auf Zettel in der Kitteltasche notieren",
            "Zahlen auf die Tafel im Dienstzimmer übertragen",
            "Kurvenblatt von Hand ausfüllen",
            "Alles am Schichtende ins Programm tippen",
            "Mündliche Übergabe, Rückfragen aus dem Gedächtnis",
        ),
        tomorrow=(
            "Am Bett sprechen, das Gerät schreibt mit",
            "Vorschläge je Feld prüfen und freigeben",
            "Programm und Kurvenblatt werden gefüllt",
            "Übergabe anhören, Rückfragen mit Beleg",
        ),
        criteria=(
            BriefCriterion(
                key="feasible",
                title="In wenigen Monaten machbar",
                score=4,
                low=3,
                high=5,
                raters=6,
                evidence="Spracherkennung läuft ohne Netz auf den vorhandenen Laptops (B-041, B-057).",
            ),
            BriefCriterion(
                key="impact",
                title="Wirkung",
                score=5,
                low=4,
                high=5,
                raters=6,
                evidence="70–90 Minuten je Schicht, in zwei Einrichtungen beobachtet.",
            ),
            BriefCriterion(
                key="scalable",
                title="Übertragbar",
                score=3.5,
                low=2,
                high=5,
                raters=6,
                evidence="Jedes Haus hat ein anderes Programm; Felder ähneln sich.",
            ),
            BriefCriterion(
                key="refinanceable", title="Refinanzierbar", score=2, low=1, high=3, raters=4, evidence=""
            ),
            BriefCriterion(
                key="data",
                title="Daten verfügbar",
                score=4,
                low=4,
                high=4,
                raters=5,
                evidence="Dokumentation gehört dem Träger.",
            ),
            BriefCriterion(
                key="privacy",
                title="Datenschutz und KI-Verordnung",
                score=None,
                raters=0,
                evidence="Art. 9 DSGVO berührt; Prüfung steht aus.",
            ),
            BriefCriterion(
                key="human",
                title="Menschlicher Faktor",
                score=4,
                low=3,
                high=5,
                raters=6,
                evidence="Freigabe bleibt bei der Fachkraft.",
            ),
            BriefCriterion(
                key="consent", title="Zustimmung der Beschäftigten", score=None, raters=0, evidence=""
            ),
        ),
        lights=(
            BriefLight(
                title="Sind die Daten vorhanden?",
                light=Light.GREEN,
                answer="Pflegedokumentation, gehört dem Träger.",
            ),
            BriefLight(
                title="Besondere Daten nach Art. 9",
                light=Light.RED,
                answer="Gesundheitsdaten; das Gerät muss ohne Netz arbeiten.",
            ),
            BriefLight(
                title="KI-Verordnung",
                light=Light.AMBER,
                answer="Vermutlich nur Transparenzpflicht; offen ist die Mitarbeitervertretung.",
            ),
            BriefLight(title="Einwilligung der Bewohner", light=Light.UNKNOWN),
        ),
        human_role=(
            "Keine Angabe geht ohne Freigabe einer Fachkraft in die Akte. Die Fachkraft kann "
            "jeden Satz ändern oder verwerfen."
        ),
        bias="Dialekt und Akzente werden schlechter erkannt; wer leise spricht, muss öfter nachbessern.",
        effort="Zwei Personen, etwa vier Monate bis zum Probebetrieb auf einer Station.",
        refinancing="",
        open_source="Frei lizenzierte Modelle; eigener Teil unter GPL.",
        risks=(
            "Falsch erkannte Zahl bei Medikamenten oder Vitalwerten",
            "Gespräche Dritter werden mit aufgenommen",
            "Gewöhnung: Vorschläge werden ungelesen freigegeben",
        ),
        open_questions=(
            "Darf die Mitarbeitervertretung Auswertungen sehen?",
            "Welche Schnittstelle hat das Programm des Trägers?",
            "Wie klingt ein Rundgang mit Maske?",
        ),
        next_step=(
            "Drei Frühdienste mit einem Probegerät begleiten und Zeit je Rundgang messen; "
            "Termin mit der Mitarbeitervertretung bis 15. Juli."
        ),
        by_facility=(
            BriefCount(name="Haus am Anger, Gründelheim", support=12, counter=2),
            BriefCount(name="Notunterkunft Brückenstraße", support=6),
        ),
        by_role=(
            BriefCount(name="Pflegefachkraft", support=8, counter=1),
            BriefCount(name="Nachtwache", support=5),
            BriefCount(name="Ehrenamtlicher", support=4),
            BriefCount(name="Wundmanagerin", support=1, counter=1),
        ),
        coauthors=("Frau K. (Pflege)", "M. K. (Explorerin)", "T. B. (Explorer)"),
        machine_share=0.34,
        version=2,
        issued_on=date(2026, 6, 16),
        trace=tuple(_trace(number) for number in range(14)),
        fresh_notes=(
            "2 von 3 gesprochenen Zitaten weichen im frischen Transkript vom bestätigten Wortlaut ab.",
        ),
        sample=True,
    )


def _trace(number: int) -> BriefTrace:
    spoken = number % 2 == 0
    return BriefTrace(
        label=f"B-{41 + number * 7:03d}",
        stance="counter" if number % 6 == 5 else "support",
        source="Interview Frühdienst, Aufnahme interview_altenpflege.flac" if spoken else "Feldnotiz N-017",
        facility="Haus am Anger, Gründelheim",
        visit="Gespräch im Dienstzimmer",
        role="Pflegefachkraft",
        place="00:17:40–00:17:52" if spoken else "09:41 Uhr",
        excerpt=(
            "Weg der Zahl: Zettel Kitteltasche → Tafel → Kurvenblatt → Rechner. Vier "
            "Stationen, und an jeder kann sich wer verschreiben. "
        )
        * (1 + number % 3),
        decided_by="Person (M. K.), angepinnt" if number % 3 else "Maschine, von Person bestätigt",
    )


def empty(language: str = "de") -> BriefContent:
    """Return a brief of which nothing is known."""
    return BriefContent(
        language=language,
        exploration="",
        title="",
        problem_name="",
        problem="",
        facility_types=(),
        affected=(),
        quote_count=0,
        people_count=0,
        facility_count=0,
        note_count=0,
        counter_count=0,
        quotes=(),
        counter_quotes=(),
        idea="",
        needs_ai="",
        needs_ai_reason="",
        pattern="",
        reasons_for=(),
        reasons_against=(),
        example="",
        today=(),
        tomorrow=(),
        criteria=(),
        lights=(),
        human_role="",
        bias="",
        effort="",
        refinancing="",
        open_source="",
        risks=(),
        open_questions=(),
        next_step="",
        by_facility=(),
        by_role=(),
        coauthors=(),
        machine_share=None,
        version=1,
        issued_on=date(2026, 11, 22),
    )


def overfull(language: str = "de", size: int = 15) -> BriefContent:
    """Return a brief whose every text is far too long and whose lists are too many."""
    long = (
        "Fachkräfteeinsatzplanungsbesprechung und Rückfragen beim Träger dauern länger als gedacht. " * size
    )
    word = "Donaudampfschifffahrtsgesellschaftskapitän" * 6
    full = realistic(language)
    return replace(
        full,
        exploration=long,
        title=f"{word} {long}",
        problem_name=long,
        problem=long,
        facility_types=tuple(f"{word} {n}" for n in range(8)),
        affected=(long, long),
        quotes=tuple(
            replace(quote, wording=long, speaker=word, role=long, facility=long) for quote in full.quotes
        ),
        counter_quotes=(replace(full.counter_quotes[0], wording=long, fresh=long + " anders"),),
        idea=long,
        needs_ai_reason=long,
        pattern=long,
        example=long,
        reasons_for=(long,) * 5,
        reasons_against=(long,) * 5,
        today=(long,) * 12,
        tomorrow=(word,) * 12,
        criteria=tuple(replace(one, title=long, evidence=long) for one in full.criteria * 2),
        lights=tuple(replace(one, title=long, answer=long) for one in full.lights * 3),
        human_role=long,
        bias=long,
        effort=long,
        refinancing=long,
        open_source=long,
        risks=(long,) * 9,
        open_questions=(long,) * 9,
        next_step=long,
        by_facility=tuple(BriefCount(name=f"{word} {n}", support=n * 1000, counter=n) for n in range(12)),
        by_role=tuple(BriefCount(name=long, support=n, counter=50) for n in range(12)),
        coauthors=(long, word),
        quote_count=123456,
        counter_count=98765,
        trace=tuple(replace(full.trace[0], source=long, excerpt=long, place=word) for _ in range(3)),
        fresh_notes=(long,),
    )


HOSTILE = (
    "<b>fett</b> & <script>alert('ü')</script> %s {name} \\ (Klammer) 😀 👩🏽\u200d⚕️ ✔ ❤️ "
    "שלום עולם · مرحبا بالعالم · 你好世界 · हिन्दी · Київ · Ελλάδα · Łódź · İstanbul "
    "\x00\x07\u202e\u200b\ufeff\ud800 \U0010ffff e\u0308 ﬁ ½ 70 % § 203 z. B. \t\n Ende"
)
"""Markup, control characters, emoji, other scripts, a lone surrogate, private and unassigned ones."""


def hostile(language: str = "de") -> BriefContent:
    """Return a brief whose texts are what nobody expects."""
    full = realistic(language)
    return replace(
        full,
        title=HOSTILE,
        problem=HOSTILE,
        idea=HOSTILE,
        exploration=HOSTILE,
        facility_types=(HOSTILE,),
        quotes=(replace(full.quotes[0], wording=HOSTILE, fresh=HOSTILE + " anders", speaker=HOSTILE),),
        today=(HOSTILE, "", "  "),
        criteria=(
            BriefCriterion(key="x", title=HOSTILE, score=7.25, low=-3, high=9, raters=2, evidence=HOSTILE),
        ),
        lights=(BriefLight(title=HOSTILE, light=Light.RED, answer=HOSTILE),),
        by_facility=(
            BriefCount(name=HOSTILE, support=3, counter=1),
            BriefCount(name="", support=-2, counter=-1),
        ),
        coauthors=(HOSTILE,),
        trace=(replace(full.trace[0], label="", place="", excerpt=HOSTILE),),
        machine_share=1.7,
        next_step="",
    )


BUILDERS: dict[str, Callable[[str], BriefContent]] = {
    "realistic": realistic,
    "empty": empty,
    "overfull": overfull,
    "hostile": hostile,
}


@pytest.fixture(params=sorted(BUILDERS))
def any_brief(request: pytest.FixtureRequest) -> BriefContent:
    """Return each kind of brief in turn."""
    return BUILDERS[request.param]("de")


@pytest.fixture
def realistic_brief() -> BriefContent:
    """Return a full brief."""
    return realistic()


@pytest.fixture
def empty_brief() -> BriefContent:
    """Return a brief of which nothing is known."""
    return empty()


@pytest.fixture
def overfull_brief() -> BriefContent:
    """Return a brief with too much of everything."""
    return overfull()


@pytest.fixture
def hostile_brief() -> BriefContent:
    """Return a brief with unexpected characters."""
    return hostile()


@pytest.fixture
def hostile_text() -> str:
    """Return a text of unexpected characters."""
    return HOSTILE
