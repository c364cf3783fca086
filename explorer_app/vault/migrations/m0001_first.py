"""The first schema: the words of the project, undo, search, vectors, keys."""

from __future__ import annotations

from explorer_app.vault.database import Database

VERSION = 1

# Links are checked at commit, so that a unit of work may write in any order.
_LINK = "DEFERRABLE INITIALLY DEFERRED"

_TABLES = (
    """explorations (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, language TEXT NOT NULL, starts_on TEXT, ends_on TEXT,
        explorers TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """facilities (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, association TEXT NOT NULL, field_of_work TEXT NOT NULL,
        place TEXT NOT NULL, law TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""visits (
        id TEXT PRIMARY KEY, facility_id TEXT NOT NULL REFERENCES facilities (id) {_LINK},
        kind TEXT NOT NULL, title TEXT NOT NULL, starts_at TEXT, ends_at TEXT, explorers TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    f"""participants (
        id TEXT PRIMARY KEY, facility_id TEXT NOT NULL REFERENCES facilities (id) {_LINK},
        pseudonym TEXT NOT NULL, role TEXT NOT NULL, "group" TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""consents (
        id TEXT PRIMARY KEY, participant_id TEXT NOT NULL REFERENCES participants (id) {_LINK},
        purpose TEXT NOT NULL, form TEXT NOT NULL, text_version TEXT NOT NULL, given_on TEXT NOT NULL,
        valid_until TEXT, withdrawn_on TEXT, created_at TEXT NOT NULL)""",
    f"""observations (
        id TEXT PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits (id) {_LINK}, at TEXT,
        text TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, interpretation TEXT NOT NULL,
        participant_id TEXT REFERENCES participants (id) {_LINK}, role TEXT NOT NULL,
        activity TEXT NOT NULL, tool TEXT NOT NULL, interruption INTEGER NOT NULL, minutes REAL,
        frequency TEXT NOT NULL, tags TEXT NOT NULL, external_id TEXT NOT NULL,
        revision INTEGER NOT NULL, created_at TEXT NOT NULL)""",
    f"""recordings (
        id TEXT PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits (id) {_LINK}, title TEXT NOT NULL,
        sample_rate INTEGER NOT NULL, seconds INTEGER NOT NULL, duration REAL NOT NULL,
        complete INTEGER NOT NULL, source_name TEXT NOT NULL, source_sha256 TEXT NOT NULL,
        warnings TEXT NOT NULL, started_at TEXT, created_at TEXT NOT NULL)""",
    f"""marks (
        id TEXT PRIMARY KEY, recording_id TEXT NOT NULL REFERENCES recordings (id) {_LINK},
        at REAL NOT NULL, kind TEXT NOT NULL, note TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""transcripts (
        id TEXT PRIMARY KEY, visit_id TEXT NOT NULL REFERENCES visits (id) {_LINK},
        recording_id TEXT REFERENCES recordings (id) {_LINK}, title TEXT NOT NULL, origin TEXT NOT NULL,
        language TEXT NOT NULL, model TEXT NOT NULL, complete INTEGER NOT NULL, holes TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    f"""segments (
        id TEXT PRIMARY KEY, transcript_id TEXT NOT NULL REFERENCES transcripts (id) {_LINK},
        position INTEGER NOT NULL, text TEXT NOT NULL, start REAL, "end" REAL, speaker TEXT NOT NULL,
        participant_id TEXT REFERENCES participants (id) {_LINK}, words TEXT NOT NULL,
        machine_text TEXT NOT NULL, trusted INTEGER NOT NULL, doubt TEXT NOT NULL, window INTEGER,
        revision INTEGER NOT NULL, confirmed_at TEXT, confirmed_by TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    """revisions (
        id TEXT PRIMARY KEY, target_kind TEXT NOT NULL, target_id TEXT NOT NULL,
        revision INTEGER NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""evidence (
        id TEXT PRIMARY KEY, number INTEGER NOT NULL, target_kind TEXT NOT NULL, target_id TEXT NOT NULL,
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, quote TEXT NOT NULL, quote_hash TEXT NOT NULL,
        revision INTEGER NOT NULL, visit_id TEXT NOT NULL REFERENCES visits (id) {_LINK},
        participant_id TEXT REFERENCES participants (id) {_LINK}, lost INTEGER NOT NULL,
        created_at TEXT NOT NULL)""",
    f"""codes (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL,
        parent_id TEXT REFERENCES codes (id) {_LINK}, created_at TEXT NOT NULL)""",
    f"""codings (
        id TEXT PRIMARY KEY, code_id TEXT NOT NULL REFERENCES codes (id) {_LINK},
        evidence_id TEXT NOT NULL REFERENCES evidence (id) {_LINK}, created_at TEXT NOT NULL)""",
    """themes (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, phrases TEXT NOT NULL, decided_by TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    """clusters (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, sentence TEXT NOT NULL, phrases TEXT NOT NULL,
        draft INTEGER NOT NULL, named_by TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""memberships (
        id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters (id) {_LINK},
        evidence_id TEXT NOT NULL REFERENCES evidence (id) {_LINK}, decided_by TEXT NOT NULL,
        state TEXT NOT NULL, stance TEXT NOT NULL, pinned INTEGER NOT NULL, score REAL,
        reason TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""candidates (
        id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters (id) {_LINK},
        pattern_id TEXT NOT NULL, score REAL NOT NULL, ai_need TEXT NOT NULL, reasons_for TEXT NOT NULL,
        reasons_against TEXT NOT NULL, created_at TEXT NOT NULL)""",
    f"""cards (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL, document BLOB NOT NULL,
        text_hash TEXT NOT NULL, cluster_id TEXT REFERENCES clusters (id) {_LINK},
        candidate_id TEXT REFERENCES candidates (id) {_LINK}, evidence_ids TEXT NOT NULL,
        updated_at TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """criteria (
        id TEXT PRIMARY KEY, key TEXT NOT NULL, title TEXT NOT NULL, question TEXT NOT NULL,
        position INTEGER NOT NULL, created_at TEXT NOT NULL)""",
    f"""ratings (
        id TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards (id) {_LINK},
        criterion_key TEXT NOT NULL, rater TEXT NOT NULL, score INTEGER, reason TEXT NOT NULL,
        round INTEGER NOT NULL, created_at TEXT NOT NULL)""",
    f"""briefs (
        id TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards (id) {_LINK},
        version INTEGER NOT NULL, language TEXT NOT NULL, content TEXT NOT NULL, sha256 TEXT NOT NULL,
        pdf BLOB NOT NULL, evidence_ids TEXT NOT NULL, created_at TEXT NOT NULL)""",
    """jobs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, subject_id TEXT NOT NULL, state TEXT NOT NULL,
        options TEXT NOT NULL, done_parts TEXT NOT NULL, progress REAL NOT NULL,
        message_id TEXT NOT NULL, message_values TEXT NOT NULL, updated_at TEXT NOT NULL,
        created_at TEXT NOT NULL)""",
    "counters (name TEXT PRIMARY KEY, number INTEGER NOT NULL)",
    "settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    f"""pseudonyms (
        participant_id TEXT PRIMARY KEY REFERENCES participants (id) ON DELETE CASCADE {_LINK},
        sealed BLOB NOT NULL)""",
    "recording_keys (recording_id TEXT PRIMARY KEY, sealed BLOB NOT NULL)",
    """undo_steps (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, label_values TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0)""",
    """undo_images (
        seq INTEGER NOT NULL REFERENCES undo_steps (seq) ON DELETE CASCADE, position INTEGER NOT NULL,
        kind TEXT NOT NULL, id TEXT NOT NULL, before TEXT, after TEXT, PRIMARY KEY (seq, position))""",
    """texts (
        number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL,
        UNIQUE (kind, id))""",
    """vectors (
        model TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, text_hash TEXT NOT NULL,
        data BLOB NOT NULL, PRIMARY KEY (model, kind, id))""",
)

_INDEXES = (
    ("visits", ("facility_id",)),
    ("participants", ("facility_id",)),
    ("consents", ("participant_id",)),
    ("observations", ("visit_id",)),
    ("observations", ("participant_id",)),
    ("observations", ("external_id",)),
    ("recordings", ("visit_id",)),
    ("recordings", ("source_sha256",)),
    ("marks", ("recording_id", "at")),
    ("transcripts", ("visit_id",)),
    ("transcripts", ("recording_id",)),
    ("segments", ("transcript_id", "position")),
    ("segments", ("participant_id",)),
    ("revisions", ("target_kind", "target_id", "revision")),
    ("evidence", ("number",)),
    ("evidence", ("target_kind", "target_id")),
    ("evidence", ("visit_id",)),
    ("evidence", ("participant_id",)),
    ("codes", ("parent_id",)),
    ("codings", ("code_id",)),
    ("codings", ("evidence_id",)),
    ("memberships", ("cluster_id", "state")),
    ("memberships", ("evidence_id",)),
    ("candidates", ("cluster_id",)),
    ("cards", ("cluster_id",)),
    ("cards", ("candidate_id",)),
    ("ratings", ("card_id", "criterion_key")),
    ("briefs", ("card_id", "version")),
    ("jobs", ("state",)),
    ("jobs", ("subject_id",)),
    ("undo_images", ("kind", "id")),
    ("vectors", ("kind", "id")),
)


def apply(database: Database) -> None:
    """Create everything."""
    for table in _TABLES:
        database.execute(f"CREATE TABLE {table}")
    for table, columns in _INDEXES:
        database.tables.table(table).create_index(columns)
    # The index holds folded words (see search.py); `texts` holds what people wrote.
    database.execute(
        "CREATE VIRTUAL TABLE words USING fts5 "
        "(body, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')"
    )
    # Deleted words must not stay readable in the index.
    database.execute("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)")
