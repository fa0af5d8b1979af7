"""Guess a legacy encoding by asking which language's letters the bytes would make."""

from __future__ import annotations

import re

SINGLE = (  # codec, letters beyond ASCII of one language that is written in it; the first wins a draw
    ("cp1252", "äöüßÄÖÜéà"),
    ("cp1252", "éèêëàâçîïôùûœÉÈÀÇæÊ"),
    ("cp1252", "áéíóúñüÁÉÍÓÚÑ¿¡ªº"),
    ("cp1252", "ãõáéíóúâêôçàÃÕÇÁÉÍÓÚ"),
    ("cp1252", "àèéìòùÀÈÉ"),
    ("cp1252", "åäöæøéÅÄÖÆØüÜ"),
    ("cp1252", "áðéíóúýþæöÁÐÉÍÓÚÝÞÆÖ"),
    ("cp1252", "ëïéöüóèáê"),
    ("cp1252", "äöüßéèêëàâçîïôùûáíóúñåæøãõÄÖÜÉÅØÆÑÇÁÓÚÍÀÈ"),
    ("cp1250", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"),
    ("cp1250", "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"),
    ("cp1250", "áéíóöőúüűÁÉÍÓÖŐÚÜŰ"),
    ("cp1250", "čćžšđČĆŽŠĐ"),
    ("cp1250", "áäčďéíĺľňóôŕšťúýžÁČĎÉÍĽŇÓÔŠŤÚÝŽ"),
    ("iso8859_2", "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ"),
    ("iso8859_2", "áčďéěíňóřšťúůýžÁČĎÉĚÍŇÓŘŠŤÚŮÝŽ"),
    ("cp1254", "çğıöşüÇĞİÖŞÜ"),
    ("cp1257", "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ"),
    ("cp1257", "ąčęėįšųūžĄČĘĖĮŠŲŪŽ"),
    ("cp1251", "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯіїєґІЇЄҐ"),
    ("koi8_r", "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"),
    ("cp866", "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"),
    ("cp1253", "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΆΈΉΊΌΎΏ"),
    ("cp1255", "אבגדהוזחטיכלמנסעפצקרשתךםןףץ"),
    ("cp1256", "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءآأإؤئ،؟پچژگ"),
    ("cp874", "".join(chr(code) for code in range(0x0E01, 0x0E5C))),
    ("mac_roman", "äöüßéèêëàâçîïôùûáíóúñåæøãõÄÖÜÉÅØ"),
    ("cp850", "äöüßéèêëàâçîïôùûáíóúñåæøãõÄÖÜÉÅØ"),
)
QUIET = frozenset("€‘’“”„–—…•°®©™§«»£µ±²³½¼·×¢ \u00ad")  # beside letters in any language; neither for nor against
DOUBLE = (  # codec, lead bytes of its everyday characters
    ("gb18030", (range(0xB0, 0xD8), range(0xA1, 0xA4))),
    ("shift_jis", (range(0x81, 0x84), range(0x88, 0x98))),
    ("euc_kr", (range(0xB0, 0xC9), range(0xA1, 0xA4))),
    ("big5", (range(0xA4, 0xC7), range(0xA1, 0xA4))),
    ("euc_jp", (range(0xA4, 0xA6), range(0xA1, 0xA4), range(0xB0, 0xD0))),
)
NAMES = {
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp874": "Windows-874 (Thai)",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850 (Western European)",
    "gb18030": "GB 18030 (Chinese)",
    "shift_jis": "Shift-JIS (Japanese)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_kr": "EUC-KR (Korean)",
    "cp949": "EUC-KR (Korean)",
    "big5": "Big5 (Chinese)",
    "euc_jp": "EUC-JP (Japanese)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "mixed": "UTF-8 with some Windows-1252",
}


def guess_codec(sample: bytes) -> str:
    """Name the codec whose reading of ``sample`` looks most like a language; Windows-1252 where none does."""
    double = max(((_double_score(sample, codec, leads), codec) for codec, leads in DOUBLE), key=lambda pair: pair[0])
    single_score, single = _best_single(sample)
    if double[0] > 0.9 and double[0] >= single_score - 0.05:
        return {"shift_jis": "cp932", "euc_kr": "cp949"}.get(double[1], double[1])
    return single if single_score > 0.5 else "cp1252"


def _best_single(sample: bytes) -> tuple[float, str]:
    best = (0.0, "cp1252")
    for codec, letters in SINGLE:
        score = _single_score(sample, codec, frozenset(letters))
        if score > best[0] + 1e-9:
            best = (score, codec)
    return best


def _single_score(sample: bytes, codec: str, letters: frozenset[str]) -> float:
    """The share of characters beyond ASCII that are letters of the language, less those in an odd place."""
    text = sample.decode(codec, "replace")
    beyond = [character for character in text if character >= "\x80"]
    spoken = [character for character in beyond if character not in QUIET]
    if not spoken:
        return 0.51 if codec == "cp1252" and beyond else 0.0
    good = sum(character in letters for character in spoken)
    odd = len(re.findall(r"[a-zß-ÿа-яα-ω][A-ZÀ-ÞА-ЯΑ-Ω](?=[a-zß-ÿа-яα-ω])", text))  # caPital inside a word
    inside = len(re.findall(r"[^\W\d_][€‘“”„–—…•°®©™§«»£µ±²³½¼·×¢\u00ad][^\W\d_]", text))
    return (good - 0.5 * odd - inside) / len(spoken)


def _double_score(sample: bytes, codec: str, leads: tuple[range, ...]) -> float:
    """The share of two-byte characters that are everyday ones; 0 where the bytes are not of this codec."""
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        text = whole.decode({"shift_jis": "cp932", "euc_kr": "cp949"}.get(codec, codec))
    except UnicodeDecodeError:
        return 0.0
    wide = [character for character in text if character >= "\x80"]
    if len(wide) < 2 or sum(byte >= 0x80 for byte in whole) < 1.2 * len(wide):
        return 0.0
    good = sum(_lead(character, codec) in lead for character in wide for lead in leads)
    share = good / len(wide)
    return share - 0.02 if codec == "euc_jp" and not any("\u3040" <= c <= "\u30ff" for c in wide) else share


def _lead(character: str, codec: str) -> int:
    raw = character.encode({"shift_jis": "cp932", "euc_kr": "cp949"}.get(codec, codec), "replace")
    return raw[0] if len(raw) == 2 else -1
