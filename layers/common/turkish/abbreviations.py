"""The abbreviations of written Turkish, how a voice reads each, and which of them may stand last in a sentence.

A key stands without its last dot. A lower-case key is the same abbreviation in every casing (`dr`, `Dr`, `DR`). A
capitalised key is one only when written so: in lower case the same letters are an everyday word (`Av.` is a lawyer,
`av` a hunt; `Gör.` a lecturer, `gör` means see). Inner dots are kept (`T.C`). Spoken forms are in lower case unless
they are names.
"""

from __future__ import annotations

from common.turkish.casing import lower

# Academic, medical, legal and courtesy titles.
_TITLES = {
    "dr": "doktor",
    "prof": "profesör",
    "doç": "doçent",
    "yrd": "yardımcı",
    "öğr": "öğretim",
    "Gör": "görevlisi",
    "Arş": "araştırma",
    "Uzm": "uzman",
    "Op": "operatör",
    "Dt": "diş hekimi",
    "ecz": "eczacı",
    "Vet": "veteriner",
    "Av": "avukat",
    "müh": "mühendis",
    "psk": "psikolog",
    "sn": "sayın",
    "Hz": "hazreti",
    "st": "sent",
    "Bn": "bayan",
    "Bşk": "başkan",
    "Gn": "genel",
    "Md": "müdür",
    "Ord": "ordinaryüs",
    "öğrt": "öğretmen",
    "müd": "müdür",
    "Mim": "mimar",
}

# Ranks of army and police.
_RANKS = {
    "alb": "albay",
    "asb": "astsubay",
    "asteğm": "asteğmen",
    "atğm": "asteğmen",
    "bçvş": "başçavuş",
    "bnb": "binbaşı",
    "çvş": "çavuş",
    "Gen": "general",
    "onb": "onbaşı",
    "Org": "orgeneral",
    "korg": "korgeneral",
    "Kora": "koramiral",
    "tümg": "tümgeneral",
    "tuğg": "tuğgeneral",
    "teğm": "teğmen",
    "tğm": "teğmen",
    "ütğm": "üsteğmen",
    "Yb": "yarbay",
    "yzb": "yüzbaşı",
}

# Addresses and places.
_PLACES = {
    "Apt": "apartmanı",
    "Blv": "bulvarı",
    "Bulv": "bulvarı",
    "Cad": "caddesi",
    "Cd": "caddesi",
    "Mah": "mahallesi",
    "mh": "mahallesi",
    "Sok": "sokağı",
    "sk": "sokağı",
    "Üniv": "üniversitesi",
    "Fak": "fakültesi",
    "Hast": "hastanesi",
    "adr": "adres",
    "Dai": "daire",
    "Ank": "Ankara",
    "İst": "İstanbul",
}

# Read before a number: numbers, pages, volumes, articles, telephones.
_BEFORE_NUMBERS = {
    "no": "numara",
    "nu": "numara",
    "sf": "sayfa",
    "s": "sayfa",
    "ss": "sayfalar",
    "bl": "bölüm",
    "böl": "bölüm",
    "md": "madde",
    "tel": "telefon",
    "max": "en fazla",
    "maks": "en fazla",
    "min": "en az",
}

# Forms and cards: telephones, birthdays, offices.
_FORMS = {
    "tlf": "telefon",
    "Faks": "faks",
    "GSM": "cep telefonu",
    "Doğ": "doğum",
    "gnl": "genel",
    "Yön": "yönetim",
    "Üni": "üniversite",
}

# What refers, explains or shortens inside a running text.
_REFERENCES = {
    "age": "adı geçen eser",
    "a.g.e": "adı geçen eser",
    "bkz": "bakınız",
    "bk": "bakınız",
    "çev": "çeviren",
    "hk": "hakkında",
    "krş": "karşılaştırınız",
    "ör": "örneğin",
    "örn": "örneğin",
    "yakl": "yaklaşık",
    "ort": "ortalama",
    "İng": "İngilizce",
    "Alm": "Almanca",
    "Osm": "Osmanlıca",
}

# Close a list or a thought, and so often the sentence as well.
_CLOSING = {
    "vb": "ve benzeri",
    "vs": "vesaire",
    "vd": "ve diğerleri",
    "vdğ": "ve diğerleri",
    "v.b": "ve benzeri",
    "v.s": "vesaire",
    "v.d": "ve diğerleri",
}

# Times: centuries and eras.
_TIMES = {
    "yy": "yüzyıl",
    "m.ö": "milattan önce",
    "MÖ": "milattan önce",
    "m.s": "milattan sonra",
    "MS": "milattan sonra",
    "i.ö": "İsa'dan önce",
    "i.s": "İsa'dan sonra",
}

# Companies and the state.
_BODIES = {
    "a.ş": "anonim şirketi",
    "AŞ": "anonim şirketi",
    "ltd": "limited",
    "şti": "şirketi",
    "Koop": "kooperatifi",
    "İnş": "inşaat",
    "Tic": "ticaret",
    "t.c": "Türkiye Cumhuriyeti",
    "k.k.t.c": "Kuzey Kıbrıs Türk Cumhuriyeti",
    "a.b.d": "Amerika Birleşik Devletleri",
}

ABBREVIATIONS: dict[str, str] = {
    **_TITLES,
    **_RANKS,
    **_PLACES,
    **_BEFORE_NUMBERS,
    **_FORMS,
    **_REFERENCES,
    **_CLOSING,
    **_TIMES,
    **_BODIES,
}

# A name follows, whatever it looks like: never the end of a sentence.
BEFORE_A_NAME = frozenset((*_TITLES, *_RANKS, "Uzm"))

# Abbreviations only before a digit: without one the letters are a word (or nothing we know).
BEFORE_A_NUMBER = frozenset((*_BEFORE_NUMBERS,))

# Of these the ones that end a sentence unless a digit follows; «Tel. numaram» and «max. hız» go on.
ONLY_BEFORE_A_NUMBER = BEFORE_A_NUMBER - {"tel", "max", "maks", "min"}

# May well end a sentence: a capital letter after one of these starts the next.
MAY_END = frozenset((*_CLOSING, "yy", "a.ş", "AŞ", "şti", "age", "a.g.e", "Koop"))

# Units people write with a dot after a number (`5 dk. bekle`); they too may end a sentence.
DOTTED_UNITS = frozenset(["cm", "dk", "gr", "hr", "kg", "km", "lt", "m", "mg", "ml", "mm", "sa", "sn"])


def abbreviation_key(written: str) -> str | None:
    """Return the key under which `written` (no final dot) stands in `ABBREVIATIONS`, or None if it is none."""
    if written in ABBREVIATIONS:
        return written
    lowered = lower(written)
    return lowered if lowered in ABBREVIATIONS else None
