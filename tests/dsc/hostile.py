"""Hostile texts by construction: what breaks out of a literal, in every quotation mark, place and language on the
way. Each entry has a name, a text and what must come of it: `kept` as data, or a finding.

What is expected follows from how a text is made and is not found out by looking for characters in it.
"""

KEPT, CHARACTER, TOKEN = "kept", "HAD0810", "HAD0811"

# PowerShell takes each of these for a quotation mark (CharTraits); only the ASCII ones can be doubled by everyone.
SINGLE = {"U+0027": ("'", KEPT), "U+2018": ("\u2018", CHARACTER), "U+2019": ("\u2019", CHARACTER),
          "U+201A": ("\u201a", CHARACTER), "U+201B": ("\u201b", CHARACTER)}
DOUBLE = {"U+0022": ('"', KEPT), "U+201C": ("\u201c", CHARACTER), "U+201D": ("\u201d", CHARACTER),
          "U+201E": ("\u201e", CHARACTER)}
# Marks that look like quotation marks and are none.
OTHER = {"U+0060": "`", "U+00B4": "\u00b4", "U+02BC": "\u02bc", "U+2032": "\u2032", "U+2033": "\u2033",
         "U+FF07": "\uff07", "U+FF02": "\uff02", "U+00AB": "\u00ab", "U+2039": "\u2039", "U+201F": "\u201f", "U+275B": "\u275b"}

# {q} is the quotation mark; what stands behind it would run, were the literal ended there.
BREAKOUTS = {
    "statement": "x{q}; Remove-Item C:\\ #",
    "list": "x{q}); Remove-Item C:\\ #",
    "block": "x{q} }} }} Remove-Item C:\\ #",
    "pipe": "x{q} | Remove-Item",
    "call": "x{q} & calc.exe & {q}",
    "subexpression": "x{q} + $(calc) + {q}",
    "property": "x{q}\u00a0Ensure = {q}Absent",
    "doubled": "x{q}{q}; calc; {q}{q}",
    "only": "{q}",
    "three": "{q}{q}{q}",
    "hash table": "x{q}; NodeName = {q}*",
    "here-string": "@{q}",
    "here-string end": "{q}@",
    "comment": "x{q} #> calc <# {q}",
    "array": "x{q}, {q}y",
    "escaped": "x\\{q}; calc",
    "backtick": "x`{q}; calc",
}

CONTROLS = {
    "NUL": "\0", "SOH": "\x01", "BEL": "\x07", "BS": "\b", "TAB": "\t", "LF": "\n", "VT": "\v", "FF": "\f", "CR": "\r",
    "CR LF": "\r\n", "SUB": "\x1a", "ESC": "\x1b", "US": "\x1f", "DEL": "\x7f", "U+0080": "\x80", "NEL": "\x85",
    "CSI": "\x9b", "U+009F": "\x9f", "LS": "\u2028", "PS": "\u2029",
}
HIDDEN = {
    "soft hyphen": "\u00ad", "ALM": "\u061c", "U+180E": "\u180e", "ZWSP": "\u200b", "LRM": "\u200e", "RLM": "\u200f",
    "LRE": "\u202a", "RLE": "\u202b", "PDF": "\u202c", "LRO": "\u202d", "RLO": "\u202e", "word joiner": "\u2060",
    "U+2063": "\u2063", "LRI": "\u2066", "RLI": "\u2067", "FSI": "\u2068", "PDI": "\u2069", "U+206F": "\u206f",
    "BOM": "\ufeff", "U+FFF9": "\ufff9", "U+FFFE": "\ufffe", "U+FDD0": "\ufdd0", "tag A": "\U000e0041",
    "U+1FFFF": "\U0001ffff",
}
# Characters from far away that are data.
LETTERS = {
    "ZWJ": "\u200d", "ZWNJ": "\u200c", "combining": "e\u0301", "Hebrew": "\u05d0", "Arabic": "\u0628", "Thai": "\u0e01",
    "Han": "\u6f22", "emoji": "\U0001f600", "Gothic": "\U00010330", "NBSP": "\u00a0", "en dash": "\u2013",
    "em dash": "\u2014", "bar": "\u2015", "ideographic space": "\u3000", "fullwidth dollar": "\uff04",
}

# Programs on the way that replace words in braces, in every writing of the word.
KINDS = ("tag", "tagb64", "env", "ssm", "tagssm")
EXPANDED = {
    **{f"{kind} token": f"{{{kind}:/had/x}}" for kind in KINDS},
    **{f"{kind} token in capitals": f"{{{kind.upper()}:/had/x}}" for kind in KINDS},
    **{f"{kind} token in mixed letters": f"{{{kind.title()}:x}}" for kind in KINDS},
    **{f"{kind} token, never closed": f"{{{kind}:" for kind in KINDS},
    **{f"{kind} token within another": f"{{{kind}:{{{kind}:x}}}}" for kind in KINDS},
    "service path": "{ssm:%servicePath%/x}",
    "dynamic reference": "{{resolve:secretsmanager:x}}",
    "dynamic reference of a parameter": "{{resolve:ssm-secure:x:1}}",
    "parameter of a document": "{{ Command }}",
    "global parameter": "{{global:DATE}}",
    "braced variable": "${env:X}",
    "braced variable with blanks": "${ x }",
    "substitution": "${AWS::AccountId}",
    "escaped substitution": "${!Literal}",
}
# Words in braces that nobody replaces.
BRACES = {
    "unknown kind": "{file:x}", "no colon": "{ssm}", "blank in front": "{ ssm:x}", "empty": "{}", "brace at the end": "x{",
    "format": "{0}", "script": "{ calc }", "resolve without braces": "resolve:ssm:x", "dollar": "$x", "dollars": "$$",
    "expression": "$(calc)", "array expression": "@(calc)", "splat": "@x", "automatic": "$PSCommandPath",
    "using": "$using:x", "scope": "$global:x", "static": "[System.IO.File]::Delete('x')", "cast": "[int]1",
    "DSC 3": "[concat('a')]", "DSC 3, escaped": "[[x", "DependsOn": "[Script]x", "percent": "%PATH%", "delayed": "!PATH!",
    "caret": "x^y", "stop parsing": "--% x", "comment": "# x", "block comment": "<# x #>", "requires": "#requires -Version 9",
    "semicolon": ";calc", "new line in words": "x`nCalc", "backslash": "\\", "backslash at the end": "x\\",
    "escaped quote": '\\"', "MOF end": '"; };', "MOF instance": "}; instance of MSFT_X { };", "MOF comment": "/* x */ // y",
    "MOF pragma": "#pragma include(\"x\")", "MOF alias": "$Aliasref", "MOF escape": "\\x41\\n", "XML": "<x>&amp;</x>",
    "YAML": "!!python/object:x", "JSON": '{"Username":"x"}', "LDAP filter": "*)(objectClass=*", "LDAP name": "CN=x,DC=y",
    "path": "..\\..\\x", "UNC": "\\\\host\\share", "wildcard": "*?[a-z]", "device": "CON", "blank": " ", "blanks around": " x ",
    "shell": "$(touch x)`touch y`", "SQL": "' OR '1'='1", "long": "x" * 300, "very long": "'" * 2000,
}


def entries():
    """The texts in a fixed order; names are unique."""
    for mark, (quote, expect) in {**SINGLE, **DOUBLE}.items():
        for name, text in BREAKOUTS.items():
            yield {"name": f"{name} by {mark}", "text": text.format(q=quote), "expect": expect}
    for mark, quote in OTHER.items():
        yield {"name": f"statement by {mark}", "text": f"x{quote}; calc #", "expect": KEPT}
    for group, expect in ((CONTROLS, CHARACTER), (HIDDEN, CHARACTER), (LETTERS, KEPT)):
        for name, character in group.items():
            for place, text in (("start", character + "x"), ("middle", f"x{character}y"), ("end", "x" + character)):
                yield {"name": f"{name} at the {place}", "text": text, "expect": expect}
    for name, text in EXPANDED.items():
        for place, whole in (("alone", text), ("in a text", f"site {text} of AWS"), ("behind a quote", f"'{text}")):
            yield {"name": f"{name}, {place}", "text": whole, "expect": TOKEN}
    for name, text in BRACES.items():
        yield {"name": name, "text": text, "expect": KEPT}
