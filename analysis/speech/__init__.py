"""From sound to words: decoding, voice activity, Whisper engines and the guard against invented text."""
