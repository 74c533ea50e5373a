"""Countries as purchase histories write them."""

# Names and abbreviations in use that are neither the English name nor the code.
# What is no single country ("Channel Islands", "West Indies", "European Community",
# "Unspecified") is left out on purpose: the customer then has no country.
ALIASES = {
    "america": "US",
    "bolivia (plurinational state of)": "BO",
    "czech republic": "CZ",
    "czechia": "CZ",
    "eire": "IE",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "hong kong sar": "HK",
    "ivory coast": "CI",
    "korea": "KR",
    "northern ireland": "GB",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "rsa": "ZA",
    "russian federation": "RU",
    "scotland": "GB",
    "south korea": "KR",
    "the netherlands": "NL",
    "turkey": "TR",
    "türkiye": "TR",
    "u.a.e.": "AE",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "viet nam": "VN",
    "vietnam": "VN",
    "wales": "GB",
}


def matcher(ids_by_code, codes_by_name):
    """Return a function from a text to a country id, or None.

    :param ids_by_code: {"IE": id}
    :param codes_by_name: {"Ireland": "IE"}, names in English
    """
    codes = {name.lower(): code for name, code in codes_by_name.items()}
    codes.update({code.lower(): code for code in ids_by_code})
    codes.update(ALIASES)
    return lambda text: ids_by_code.get(codes.get(text.strip().lower()))
