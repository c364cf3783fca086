"""What a file of audio tells without a key and without the database."""

from __future__ import annotations

from pathlib import Path

from explorer_app.domain.errors import TooNewError
from explorer_app.vault.audio import disk
from explorer_app.vault.audio.findings import FoundRecording, HeaderState
from explorer_app.vault.audio.layout import (
    END_SEQ,
    HEAD_BYTES,
    HEADER_BLOCK,
    RECORDS_START,
    Header,
    parse_head,
    parse_header,
    recording_tag,
)


def found_recording(path: Path) -> FoundRecording:
    """Describe a file by what can be read without a key."""
    with disk.open_existing(path, write=False) as file:
        blocks = file.read(RECORDS_START)
        copies = [_try_header(blocks[at : at + HEADER_BLOCK]) for at in (0, HEADER_BLOCK)]
        good = [header for header in copies if header is not None]
        size = file.seek(0, 2)
        at, seconds, finished, tag = RECORDS_START, 0, False, recording_tag(path.stem)
        while at < size:
            file.seek(at)
            head = parse_head(file.read(HEAD_BYTES))
            if head is None or head.tag != tag or at + HEAD_BYTES + head.length > size:
                break
            finished = head.seq == END_SEQ
            seconds += not finished
            at += HEAD_BYTES + head.length
    state = (HeaderState.LOST, HeaderState.ONE_COPY, HeaderState.GOOD)[len(good)]
    return FoundRecording(
        recording_id=path.stem,
        path=path,
        size=size,
        header=state,
        sample_rate=good[0].sample_rate if good else None,
        seconds=seconds,
        finished=finished,
    )


def _try_header(block: bytes) -> Header | None:
    try:
        return parse_header(block)
    except TooNewError:
        return None
