"""The encrypted vault: key slots, database, repositories with undo, audio, snapshots."""

from explorer_app.vault.backup import restore
from explorer_app.vault.check import CheckReport, Finding, check
from explorer_app.vault.key_slots import Credential, KdfSettings, KeyFile, Passphrase, RecoveryCode, SlotKind
from explorer_app.vault.repository import Repository
from explorer_app.vault.salvage import SavedRecording, salvage_audio
from explorer_app.vault.search import TextHit
from explorer_app.vault.unit import Carry, Unit
from explorer_app.vault.vault import Vault

__all__ = [
    "Carry",
    "CheckReport",
    "Credential",
    "Finding",
    "KdfSettings",
    "KeyFile",
    "Passphrase",
    "RecoveryCode",
    "Repository",
    "SavedRecording",
    "SlotKind",
    "TextHit",
    "Unit",
    "Vault",
    "check",
    "restore",
    "salvage_audio",
]
