"""Guess a legacy encoding by asking which language's letters the bytes would make."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    ("gb18030", (range(0xB0, 0xD8), range(0xA1, 0xA4), range(0xA6, 0xA9))),
    ("cp932", (range(0x81, 0x84), range(0x88, 0x98))),
    ("cp949", (range(0xB0, 0xC9), range(0xA1, 0xA4))),
    ("big5", (range(0xA4, 0xC7), range(0xA1, 0xA4))),
    ("euc_jp", (range(0xA4, 0xA6), range(0xA1, 0xA4), range(0xB0, 0xD0))),
)
KANA = "".join(chr(code) for code in range(0x3041, 0x30FF))
FREQUENT = {  # by codec: the characters that most texts are made of; they decide where several codecs are possible
    "cp1251": "оеаинтсрОЕАИНТСР",
    "koi8_r": "оеаинтсрОЕАИНТСР",
    "cp866": "оеаинтсрОЕАИНТСР",
    "cp1253": "αοιετσνηΑΟΙΕΤΣΝΗ",
    "cp1255": "יולהמתרשנא",
    "cp1256": "اليمونرتبة",
    "gb18030":  # Chinese, simplified
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
    "与高意进把法此实回二理美点月明其种全工己话者向情部正名定女问力机给等几业最间新位因重被电四第门相次东政海口使教"
    "西再平真世气信北少关并内加化由代军产入先山五太水万市体别处总场师书比住员性通目华报立马张活数件安表原车白应路期"
    "常提金何更反合放系计或司利受光王果界及今京务制解各任至清物台记边共风战接它许八特直服林题建南度统色字请交认算论"
    "百义科元社术结六功指非流每青管连远资队带花条院变联言权往展领传近红治周保达办运武半七城强步完深区求品转量空技程"
    "江语英基式李写识据称州省县街号型品价格额售客户单订商店",
    "big5": "的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小心多天"
    "而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但與高"
    "意進把法此實回二理美點月明其種全工者向情部正名定女問力機給等幾業最間新位因重被電四第門相次東政海口使教西再平真"
    "世氣信北少關並內加化由代產入先山五太水萬市體別處總場師書比住員性通目華報立馬台臺灣資料城字區縣路街號",
    "cp949": "이다는에의가을를은고하기지사시대자도인정서수한으로보아전나리일해그어들만스구제부과라주장원있상성여국경동"
    "조관무용위신학생년계산모소비유선안공체개발중요회면문방미화실진치법연적것등내할간데터울광역남북울산강김박최이름",
    "cp932": KANA,
    "euc_jp": KANA,
}
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
    "cp932": "Shift-JIS (Japanese)",
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
    if double[0] > 0.8 and double[0] >= single_score - 0.05:
        return double[1]
    return single if single_score > 0.5 else "cp1252"


def _frequent(text: Sequence[str], codec: str) -> float:
    """How much of the text is made of its language's most frequent characters, up to 0.1."""
    common = FREQUENT.get(codec, "")
    return 0.1 * sum(character in common for character in text) / max(1, len(text)) if common else 0.0


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
        return 0.95 if codec == "cp1252" and beyond else 0.0
    good = sum(character in letters for character in spoken)
    odd = len(re.findall(r"[a-zß-ÿа-яα-ω][A-ZÀ-ÞА-ЯΑ-Ω](?=[a-zß-ÿа-яα-ω])", text))  # caPital inside a word
    inside = len(re.findall(r"[^\W\d_][€‘“”„–—…•°®©™§«»£µ±²³½¼·×¢\u00ad][^\W\d_]", text))
    inside += len(
        re.findall(r"[a-zA-Z][\u0370-\u06ff\u0e00-\u0e7f]|[\u0370-\u06ff\u0e00-\u0e7f][a-zA-Z]", text)
    )  # two scripts
    alone = len(re.findall(r"(?<![^\W\d_])[^\W\d_a-zA-Z](?![^\W\d_])", text))  # a letter beyond ASCII by itself
    return (good - 0.5 * odd - inside - 0.5 * alone) / len(spoken) + _frequent(spoken, codec)


def _double_score(sample: bytes, codec: str, leads: tuple[range, ...]) -> float:
    """The share of two-byte characters that are everyday ones; 0 where the bytes are not of this codec."""
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        text = whole.decode(codec)
    except UnicodeDecodeError:
        return 0.0
    wide = [character for character in text if character >= "\x80"]
    if len(wide) < 2 or sum(byte >= 0x80 for byte in whole) < 1.2 * len(wide):
        return 0.0
    everyday = [any(_lead(character, codec) in lead for lead in leads) for character in wide]
    rare = sum("\u4e00" <= character <= "\u9fff" and not known for character, known in zip(wide, everyday, strict=True))
    return (sum(everyday) + 0.5 * rare) / len(wide) + _frequent(wide, codec)


def _lead(character: str, codec: str) -> int:
    raw = character.encode(codec, "replace")
    return raw[0] if len(raw) == 2 else -1
