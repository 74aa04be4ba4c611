#!/usr/bin/env python3
"""Strict reader of the PowerShell DSC and MOF files that the DSC back ends write.

    read_dsc.py [--facts FOLDER] [--json] PATH...

Reads exactly the subset that is written and nothing more: every byte, token and line break has to be one
that the back end could have written. All five characters that PowerShell takes for a single quotation
mark count as one, so text that would end a literal early does not pass. Resources are then checked
against the facts about the modules. Prints FILE:LINE: MESSAGE for each problem; exit status 1 if
there is one. Only the standard library is used.
"""
import argparse
import json
import pathlib
import re
import sys

FACTS = pathlib.Path(__file__).resolve().parents[2] / "compiler" / "emit" / "dsc" / "facts"

CONFIGURATIONS = {
    "forest": "HadForest",
    "domain-controller": "HadDomainController",
    "forwarders": "HadForwarders",
    "trust": "HadTrust",
    "accounts": "HadAccounts",
    "directory-admin": "HadDirectoryAdmin",
}
QUOTES = "'\u2018\u2019\u201a\u201b"
STRING = f"'(?:[^{QUOTES}]|'')*'"
NAME = "[A-Za-z][A-Za-z0-9]*"
INSTANCE = "[A-Za-z0-9._-]+"
INTEGERS = {
    "SInt32": (-2**31, 2**31 - 1), "SInt64": (-2**63, 2**63 - 1), "UInt16": (0, 2**16 - 1),
    "UInt32": (0, 2**32 - 1), "UInt64": (0, 2**64 - 1),
}
TYPES = {
    "System.Management.Automation.PSCredential": "credential",
    "System.String": "text",
    "System.String[]": "texts",
    "System.Collections.Hashtable": "table",
}
# What no text may hold: controls, separators, curly quotation marks, marks of direction.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2018-\u201e\u2028-\u202e"
                       "\u2060-\u206f\ufeff\ufff0-\ufffb]")
ADDRESS = r"'(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*|/[A-Za-z0-9/_.-]+)'"
TOKEN = re.compile(r"\{(?:tag|tagb64|env|ssm|tagssm):|\{\{|\$\{", re.IGNORECASE)


class Problem(Exception):
    def __init__(self, line, message):
        super().__init__(message)
        self.line = line
        self.message = message


class Facts:
    def __init__(self, folder=FACTS):
        def load(name):
            return json.loads((folder / f"{name}.json").read_text("ascii"))

        self.profile = load("profile")
        self.scripts = load("scripts")["scripts"]
        self.versions, self.resources = {}, {}
        for name in self.profile["modules"]:
            module = load(name)
            self.versions[name] = module["version"]
            for resource, facts in module["resources"].items():
                if any(resource in names for names in self.profile["roles"].values()):
                    self.resources[resource] = dict(facts, module=name)


class Value:
    """kind: text, number, boolean, list, credential, later, script."""

    def __init__(self, kind, data, line):
        self.kind, self.data, self.line = kind, data, line

    def plain(self):
        return [item.plain() for item in self.data] if self.kind == "list" else self.data


class Resource:
    def __init__(self, kind, name, line):
        self.kind, self.name, self.line = kind, name, line
        self.settings = {}
        self.depends = []
        self.run_as = None

    def id(self):
        return f"[{self.kind}]{self.name}"


# ---- bytes and lines -----------------------------------------------------------------------------


def text_of(data):
    """Bytes of a .ps1 or .psd1 file as lines."""
    bom = data.startswith(b"\xef\xbb\xbf")
    body = data[3:] if bom else data
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(body[:error.start].count(b"\n") + 1, "not UTF-8") from error
    return lines_of(text, bom)


def lines_of(text, bom):
    if text.isascii() == bom:
        raise Problem(1, "a byte order mark on plain ASCII" if bom else "not ASCII and no byte order mark")
    if not text.endswith("\r\n"):
        raise Problem(text.count("\n") + 1, "the last line does not end in CR LF")
    lines = text[:-2].split("\r\n")
    for number, line in enumerate(lines, 1):
        if "\r" in line or "\n" in line:
            raise Problem(number, "a line end that is not CR LF")
        if "\t" in line:
            raise Problem(number, "a tab")
        if line != line.rstrip():
            raise Problem(number, "blanks at the end of a line")
        if re.search("[\x00-\x1f\x7f-\x9f]", line):
            raise Problem(number, "a control character")
    if not lines[-1]:
        raise Problem(len(lines), "an empty line at the end")
    return lines


class Cursor:
    def __init__(self, lines):
        self.lines, self.at = lines, 0

    @property
    def line(self):
        return self.at + 1

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def next(self):
        line = self.peek()
        if line is None:
            raise Problem(self.line, "the file ends too early")
        self.at += 1
        return line

    def expect(self, text):
        line = self.next()
        if line != text:
            raise Problem(self.line - 1, f"`{text}` is expected instead of `{line}`")

    def match(self, pattern):
        line = self.next()
        found = re.fullmatch(pattern, line)
        if not found:
            raise Problem(self.line - 1, f"`{line}` is not expected")
        return found

    def accept(self, text):
        if self.peek() == text:
            self.at += 1
            return True
        return False


# ---- values ---------------------------------------------------------------------------------------


def string_value(token, line):
    text = token[1:-1].replace("''", "'")
    if FORBIDDEN.search(text):
        raise Problem(line, "a text holds a character that must not reach a script")
    if TOKEN.search(text):
        raise Problem(line, "a text holds a token that is expanded")
    return Value("text", text, line)


def scalar(token, line, names):
    """A literal, or a reference that `names` (None in data files) resolves."""
    if re.fullmatch(STRING, token):
        return string_value(token, line)
    if re.fullmatch("0|-?[1-9][0-9]*", token):
        return Value("number", int(token), line)
    if token in ("$true", "$false"):
        return Value("boolean", token == "$true", line)
    if names is None:
        raise Problem(line, f"`{token}` is not a literal")
    return names(token, line)


def list_items(text, line, names):
    """Items between the parentheses of a list on one line."""
    items, at = [], 0
    while at < len(text):
        if items:
            if not text.startswith(", ", at):
                raise Problem(line, f"`{text[at:]}` in a list")
            at += 2
        found = re.compile(rf"{STRING}|\${NAME}").match(text, at)
        if not found:
            raise Problem(line, f"`{text[at:]}` in a list")
        items.append(scalar(found.group(), line, names))
        at = found.end()
    return items


def value_read(cursor, text, indent, names):
    line = cursor.line - 1
    if text == "@(":
        items = []
        while not cursor.accept(" " * indent + ")"):
            item = cursor.match(" " * (indent + 4) + rf"({STRING}|\${NAME})").group(1)
            items.append(scalar(item, cursor.line - 1, names))
        if len(items) < 2:
            raise Problem(line, "a list over several lines with fewer than two items")
        return Value("list", items, line)
    if text.startswith("@(") and text.endswith(")"):
        return Value("list", list_items(text[2:-1], line, names), line)
    return scalar(text, line, names)


def settings_read(cursor, indent, read):
    """`Name = value` lines up to the closing brace, with their `=` in one column."""
    settings, column = [], None
    while not cursor.accept(" " * (indent - 4) + "}"):
        found = cursor.match(" " * indent + rf"({NAME})( *) = (.+)")
        line = cursor.line - 1
        name = found.group(1)
        if column is None:
            column = found.end(2)
        if found.end(2) != column:
            raise Problem(line, "`=` is not in the column of the others")
        if any(name.lower() == other.lower() for other, _, _ in settings):
            raise Problem(line, f"`{name}` is given twice")
        settings.append((name, line, read(name, found.group(3))))
    if not settings:
        raise Problem(cursor.line - 1, "an empty block")
    if column != indent + max(len(name) for name, _, _ in settings):
        raise Problem(settings[0][1], "`=` stands further to the right than it must")
    return settings


# ---- ROLE.psd1 ------------------------------------------------------------------------------------


def psd1_read(data):
    """NodeName → key → Value."""
    cursor = Cursor(text_of(data))
    while (cursor.peek() or "").startswith("#"):
        cursor.match(r"# [A-Za-z0-9 ._:/\[\]@,+=;?-]+")
    cursor.expect("")
    cursor.expect("@{")
    cursor.expect("    AllNodes = @(")
    machines, common = {}, {}
    while not cursor.accept("    )"):
        cursor.expect("        @{")
        line = cursor.line
        settings = settings_read(cursor, 12, lambda _, text: value_read(cursor, text, 12, None))
        values = {name: value for name, _, value in settings}
        if settings[0][0] != "NodeName" or values["NodeName"].kind != "text":
            raise Problem(line, "a machine without NodeName in front")
        name = values["NodeName"].data
        if name == "*":
            common = values
            continue
        if not re.fullmatch("(?!-)[A-Za-z0-9-]{1,15}(?<!-)", name):
            raise Problem(line, f"`{name}` is not the name of a computer")
        if any(name.lower() == other.lower() for other in machines):
            raise Problem(line, f"the machine {name} is there twice")
        machines[name] = values
    cursor.expect("}")
    if cursor.peek() is not None:
        raise Problem(cursor.line, "text behind the data")
    if not machines:
        raise Problem(1, "no machine")
    if set(common) - {"NodeName", "PSDscAllowDomainUser"}:
        raise Problem(1, "a key for all machines that is not known")
    return machines


# ---- ROLE.ps1 -------------------------------------------------------------------------------------


def help_read(cursor):
    cursor.expect("<#")
    sections = {}
    section = None
    while not cursor.accept("#>"):
        line = cursor.next()
        if re.search(r"<#|#>", line) or not line.isascii():
            raise Problem(cursor.line - 1, "text that ends a comment, or is not ASCII")
        found = re.fullmatch(rf"\.(SYNOPSIS|DESCRIPTION|EXAMPLE|NOTES|PARAMETER ({NAME}))", line)
        if found:
            section = found.group(1)
            if section in sections:
                raise Problem(cursor.line - 1, f".{section} is there twice")
            sections[section] = []
        elif line and not line.startswith("    "):
            raise Problem(cursor.line - 1, "help that is not indented")
        elif section is None:
            raise Problem(cursor.line - 1, "help in front of .SYNOPSIS")
        else:
            sections[section].append(line)
    for name in ("SYNOPSIS", "DESCRIPTION", "EXAMPLE", "NOTES"):
        if not any(line.strip() for line in sections.get(name, [])):
            raise Problem(1, f"no .{name}")
    for name, lines in sections.items():
        if not any(line.strip() for line in lines):
            raise Problem(1, f".{name} is empty")
    return {name[10:]: lines for name, lines in sections.items() if name.startswith("PARAMETER ")}


def known_of(lines):
    """What the help of a parameter says it stands for: the secret, or the value that is known later."""
    text = " ".join(line.strip() for line in lines)
    found = re.search(r"(?:Secret|Known once it is made): (.+)", text)
    return found.group(1).strip() if found else None


def parameters_read(cursor):
    parameters = {}
    if not cursor.accept("    [CmdletBinding()]"):
        return parameters
    cursor.expect("    param")
    cursor.expect("    (")
    while True:
        cursor.expect("        [Parameter(Mandatory = $true)]")
        cursor.expect("        [ValidateNotNullOrEmpty()]")
        kind = cursor.match(r"        \[([A-Za-z.\[\]]+)\]").group(1)
        if kind not in TYPES:
            raise Problem(cursor.line - 1, f"a parameter of type {kind}")
        found = cursor.match(rf"        \$({NAME})(,?)")
        name = found.group(1)
        if name.lower() in (other.lower() for other in parameters) or name.lower() in (
                "node", "allnodes", "psdscrunascredential", "configurationdata", "outputpath", "true", "false"):
            raise Problem(cursor.line - 1, f"a parameter cannot be called {name}")
        parameters[name] = TYPES[kind]
        if not found.group(2):
            break
        cursor.expect("")
    cursor.expect("    )")
    cursor.expect("")
    return parameters


class Ps1:
    """One configuration; `machines` gives for each NodeName its resources in order."""

    def __init__(self, facts, role, data, psd1):
        self.facts, self.role, self.psd1 = facts, role, psd1
        self.used_parameters, self.used_keys, self.used_modules = set(), set(), set()
        self.machines = {name: [] for name in psd1}
        cursor = self.cursor = Cursor(text_of(data))
        documented = help_read(cursor)
        cursor.expect(f"configuration {CONFIGURATIONS[role]}")
        cursor.expect("{")
        self.parameters = parameters_read(cursor)
        if set(documented) != set(self.parameters):
            raise Problem(1, "parameters and their help differ")
        self.known = {name: known_of(lines) for name, lines in documented.items()}
        self.imports = {}
        while cursor.peek():
            found = cursor.match(rf"    Import-DscResource -ModuleName '({NAME})' -ModuleVersion '([0-9.]+)'")
            module, version = found.groups()
            if self.facts.versions.get(module) != version or module in self.imports:
                raise Problem(cursor.line - 1, f"module {module} {version} is not known, or there twice")
            self.imports[module] = version
        cursor.expect("")
        cursor.expect("    node $AllNodes.NodeName")
        cursor.expect("    {")
        self.resources_read(8, list(psd1))
        cursor.expect("}")
        if cursor.peek() is not None:
            raise Problem(cursor.line, "text behind the configuration")
        self.unused()

    def unused(self):
        for name in set(self.parameters) - self.used_parameters:
            raise Problem(1, f"the parameter {name} is not used")
        for module in set(self.imports) - self.used_modules:
            raise Problem(1, f"the module {module} is not used")
        for machine, values in self.psd1.items():
            for key in values:
                if key != "NodeName" and (machine, key) not in self.used_keys:
                    raise Problem(values[key].line, f"{key} of {machine} is not used (.psd1)")

    def resources_read(self, indent, machines):
        cursor = self.cursor
        empty = True
        while not cursor.accept(" " * (indent - 4) + "}"):
            if not empty:
                cursor.expect("")
            empty = False
            if (cursor.peek() or "").lstrip().startswith("#"):
                cursor.match(" " * indent + r"# [A-Za-z0-9 ._:/\[\]@,+=?-]+")
            line = cursor.next()
            found = re.fullmatch(" " * indent + rf"if \(\$Node\.NodeName (?:-eq ({STRING})|-in @\(([^()]+)\))\)", line)
            if found and indent == 8:
                names = [string_value(found.group(1), cursor.line - 1)] if found.group(1) else \
                    list_items(found.group(2), cursor.line - 1, None)
                names = [name.data for name in names]
                if not set(names) < set(machines) or (found.group(2) and len(names) < 2):
                    raise Problem(cursor.line - 1, "a condition on other machines, on all, or on one in a list")
                cursor.expect("        {")
                self.resources_read(12, names)
                continue
            self.resource_read(indent, machines, line)
        if empty:
            raise Problem(cursor.line - 1, "no resource")

    def resource_read(self, indent, machines, line):
        cursor = self.cursor
        number = cursor.line - 1
        found = re.fullmatch(" " * indent + rf"({NAME}) '({INSTANCE})'", line)
        if not found:
            raise Problem(number, f"`{line}` does not begin a resource")
        kind, name = found.groups()
        facts = self.facts.resources.get(kind)
        if not facts:
            raise Problem(number, f"the resource {kind} is not known")
        if facts["module"] not in self.imports:
            raise Problem(number, f"{facts['module']} is not imported")
        self.used_modules.add(facts["module"])
        cursor.expect(" " * indent + "{")
        start = cursor.at
        for machine in machines:
            cursor.at = start
            resource = Resource(kind, name, number)
            settings = settings_read(cursor, indent + 4,
                                     lambda key, text, m=machine: self.setting_read(key, text, indent + 4, m))
            self.settings_take(resource, settings)
            self.machines[machine].append(resource)

    def settings_take(self, resource, settings):
        names = [name for name, _, _ in settings]
        if "DependsOn" in names and names[-1] != "DependsOn":
            raise Problem(resource.line, "DependsOn is not the last")
        for name, line, value in settings:
            if name == "DependsOn":
                resource.depends = depends_of(value, line)
            elif name == "PsDscRunAsCredential":
                if value.kind != "credential":
                    raise Problem(line, "PsDscRunAsCredential is not a credential")
                resource.run_as = value
            else:
                resource.settings[name] = value

    def setting_read(self, key, text, indent, machine):
        cursor = self.cursor
        line = cursor.line - 1
        if text == "{":
            if key not in ("GetScript", "SetScript", "TestScript"):
                raise Problem(line, f"{key} is a script")
            body = []
            while not cursor.accept(" " * indent + "}"):
                code = cursor.next()
                if code and not code.startswith(" " * (indent + 4)):
                    raise Problem(cursor.line - 1, "a script that is not indented")
                body.append(code[indent + 4:])
            return Value("script", body, line)
        return value_read(cursor, text, indent, lambda token, at: self.reference(token, at, machine))

    def reference(self, token, line, machine):
        found = re.fullmatch(rf"\$Node\.({NAME})", token)
        if found:
            key = found.group(1)
            values = self.psd1[machine]
            if key not in values:
                raise Problem(line, f"$Node.{key} is not in the data of {machine}")
            self.used_keys.add((machine, key))
            value = values[key]
            return Value(value.kind, value.data, line)
        found = re.fullmatch(rf"\$({NAME})(\[\$Node\.NodeName\])?", token)
        if not found or found.group(1) not in self.parameters:
            raise Problem(line, f"`{token}` is neither a literal nor a parameter")
        name, table = found.groups()
        kind = self.parameters[name]
        if (kind == "table") != bool(table):
            raise Problem(line, f"{name} is not used as a {kind}")
        self.used_parameters.add(name)
        if kind == "credential":
            return Value("credential", name, line)
        return Value("later", (name, kind), line)


def depends_of(value, line):
    if value.kind != "list" or not value.data:
        raise Problem(line, "DependsOn is not a list")
    names = []
    for item in value.data:
        if item.kind != "text" or not re.fullmatch(rf"\[{NAME}\]{INSTANCE}", item.data):
            raise Problem(line, "DependsOn names no resource")
        names.append(item.data)
    if len({name.lower() for name in names}) != len(names):
        raise Problem(line, "DependsOn names a resource twice")
    return names


# ---- ROLE.lcm.ps1 ---------------------------------------------------------------------------------


def lcm_read(role, data, credentials):
    cursor = Cursor(text_of(data))
    documented = help_read(cursor)
    if set(documented) != ({"CertificateThumbprint"} if credentials else set()):
        raise Problem(1, "parameters and their help differ")
    cursor.expect("[DscLocalConfigurationManager()]")
    cursor.expect(f"configuration {CONFIGURATIONS[role]}Lcm")
    cursor.expect("{")
    if credentials:
        for line in ("    [CmdletBinding()]", "    param", "    (", "        [Parameter(Mandatory = $true)]",
                     "        [ValidatePattern('^[0-9A-Fa-f]{40}$')]", "        [System.String]",
                     "        $CertificateThumbprint", "    )", ""):
            cursor.expect(line)
    for line in ("    node $AllNodes.NodeName", "    {", "        Settings", "        {"):
        cursor.expect(line)
    settings = settings_read(cursor, 12, lambda _, text: text)
    wanted = {"ActionAfterReboot": "'StopConfiguration'", "ConfigurationMode": "'ApplyAndMonitor'",
              "RebootNodeIfNeeded": "$false", "RefreshMode": "'Push'"}
    if credentials:
        wanted["CertificateID"] = "$CertificateThumbprint"
    if {name: value for name, _, value in settings} != wanted:
        raise Problem(cursor.line - 1, "settings of the local configuration manager differ")
    cursor.expect("    }")
    cursor.expect("}")
    if cursor.peek() is not None:
        raise Problem(cursor.line, "text behind the configuration")


# ---- NODE.mof -------------------------------------------------------------------------------------


def mof_text(data):
    if data.startswith(b"\xff\xfe"):
        text = data.decode("utf-16")
        if text.isascii():
            raise Problem(1, "UTF-16 for plain ASCII")
        return lines_of(text, True)
    if not data.isascii():
        raise Problem(1, "neither ASCII nor UTF-16")
    return lines_of(data.decode("ascii"), False)


MOF_STRING = r'"(?:[^"\\]|\\[\\"n])*"'
MOF_ITEM = rf"{MOF_STRING}|True|False|-?[0-9]+|\$[A-Za-z0-9_]+ref|\{{(?:{MOF_STRING}(?:, {MOF_STRING})*)?\}}"


def mof_string(token):
    return re.sub(r"\\(.)", lambda m: "\n" if m.group(1) == "n" else m.group(1), token[1:-1])


def mof_value(token, line, aliases):
    if token[0] == '"':
        return Value("text", mof_string(token), line)
    if token[0] == "{":
        return Value("list", [Value("text", mof_string(item), line)
                              for item in re.findall(MOF_STRING, token)], line)
    if token[0] == "$":
        if token not in aliases:
            raise Problem(line, f"{token} is not defined in front")
        return Value("credential", aliases[token], line)
    if token in ("True", "False"):
        return Value("boolean", token == "True", line)
    return Value("number", int(token), line)


class Mof:
    def __init__(self, facts, role, machine, data):
        self.facts = facts
        self.resources, aliases, used = [], {}, set()
        cursor = Cursor(mof_text(data))
        for line in ("/*", f"@TargetNode='{machine}'", "*/", ""):
            cursor.expect(line)
        classes = {f["class"]: name for name, f in facts.resources.items()}
        document = None
        while cursor.peek() is not None:
            found = cursor.match(r"instance of ([A-Za-z_]+)(?: as (\$[A-Za-z0-9_]+ref))?")
            line = cursor.line - 1
            kind, alias = found.groups()
            cursor.expect("{")
            values = {}
            while not cursor.accept("};"):
                found = cursor.match(rf" ({NAME}) = ({MOF_ITEM});")
                if found.group(1) in values:
                    raise Problem(cursor.line - 1, f"{found.group(1)} is there twice")
                values[found.group(1)] = mof_value(found.group(2), cursor.line - 1, aliases)
                if found.group(2).startswith("$"):
                    used.add(found.group(2))
            if document is None and kind != "OMI_ConfigurationDocument":
                cursor.expect("")
            if kind == "MSFT_Credential":
                aliases[alias] = self.credential(values, line)
            elif kind == "OMI_ConfigurationDocument":
                document = {name: value.plain() for name, value in values.items()}
                if cursor.peek() is not None:
                    raise Problem(cursor.line, "text behind the document")
            elif kind in classes:
                self.resources.append(self.resource(classes[kind], values, line, role))
            else:
                raise Problem(line, f"the class {kind} is not known")
        if set(aliases) - used:
            raise Problem(1, "a credential is not used")
        wanted = {"Version": "2.0.0", "Name": CONFIGURATIONS[role],
                  "MinimumCompatibleVersion": "2.0.0" if any(r.run_as for r in self.resources) else "1.0.0",
                  "CompatibleVersionAdditionalProperties": ["Omi_BaseResource:ConfigurationName"]}
        if document != wanted:
            raise Problem(len(cursor.lines), "the document's own properties differ")

    @staticmethod
    def credential(values, line):
        user = values.get("UserName")
        if set(values) != {"UserName", "Password"} or \
                values["Password"].data != "read from Secrets Manager on the machine":
            raise Problem(line, "a credential is more than the name of a secret")
        if not re.fullmatch("[A-Za-z0-9/_+=.@:-]{1,256}", user.data):
            raise Problem(line, "a credential that is not the name of a secret")
        return user.data

    def resource(self, kind, values, line, role):
        def take(name):
            if name not in values:
                raise Problem(line, f"no {name}")
            return values.pop(name)

        identity = take("ResourceID").data
        found = re.fullmatch(rf"\[({NAME})\]({INSTANCE})", identity)
        if not found or found.group(1) != kind:
            raise Problem(line, f"`{identity}` is not an identity of a {kind}")
        module = self.facts.resources[kind]["module"]
        if take("ModuleName").data != module or take("ModuleVersion").data != self.facts.versions[module]:
            raise Problem(line, "another module or version")
        if take("ConfigurationName").data != CONFIGURATIONS[role]:
            raise Problem(line, "another configuration")
        resource = Resource(kind, found.group(2), line)
        if "DependsOn" in values:
            resource.depends = depends_of(values.pop("DependsOn"), line)
        resource.run_as = values.pop("PsDscRunAsCredential", None)
        for name, value in values.items():
            if kind == "Script" and value.kind == "text":
                value = Value("script", value.data.strip("\n").split("\n"), value.line)
            texts = [value] if value.kind == "text" else value.data if value.kind == "list" else []
            for text in texts:
                if re.search(r"\{ssm:[A-Za-z0-9/_+=.@:-]+\}", text.data):
                    if value.kind == "list":
                        raise Problem(value.line, "a token in a list, where it is not expanded")
                    value = Value("later", (text.data, "text"), value.line)
                elif FORBIDDEN.search(text.data) or TOKEN.search(text.data):
                    raise Problem(value.line, "a text holds what must not reach a machine")
            resource.settings[name] = value
        return resource


# ---- rules ----------------------------------------------------------------------------------------


def script_check(facts, resource):
    """The three bodies are those of one constant, with arguments of its kinds."""
    bodies = {name: value for name, value in resource.settings.items()}
    if set(bodies) != {"GetScript", "SetScript", "TestScript"} or \
            any(value.kind != "script" for value in bodies.values()):
        raise Problem(resource.line, "a Script takes three bodies and nothing else")
    problems = []
    for name, script in facts.scripts.items():
        try:
            script_match(script, bodies)
            return
        except Problem as problem:
            problems.append(f"{name}: {problem.message}")
            line = problem.line
    raise Problem(line, "a script that is not one of the fixed ones; " + "; ".join(problems))


def script_match(script, bodies):
    label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    bound = {}
    for key, body in (("get", "GetScript"), ("set", "SetScript"), ("test", "TestScript")):
        value = bodies[body]
        if len(value.data) != len(script[key]):
            raise Problem(value.line, "another number of lines")
        for number, (pattern, code) in enumerate(zip(script[key], value.data), 1):
            names, regex, at = [], "", 0
            for found in re.finditer(r"\{\{([A-Za-z.]+)\}\}", pattern):
                regex += re.escape(pattern[at:found.start()])
                at = found.end()
                argument, _, part = found.group(1).partition(".")
                facts = script["arguments"][argument]
                kind = facts["kind"]
                regex += "(" + {
                    "domain": rf"{label}(?:\.{label})+",
                    "computer": "(?!-)[A-Za-z0-9-]{1,15}(?<!-)",
                    "addresses": {"": rf"{ADDRESS}(?:, {ADDRESS})*", "Region": "[a-z0-9-]+"}.get(part),
                    "word": "|".join(re.escape(text) for text in facts.get("words", {}).values()),
                    "boolean": r"\$true|\$false",
                    "secret": {"Id": "[A-Za-z0-9/_+=.@:-]+", "Region": "[a-z0-9-]+",
                               "Value": r"\$secret\.SecretString|\(ConvertFrom-Json -InputObject "
                                        r"\$secret\.SecretString\)\.[A-Za-z_][A-Za-z0-9_]*"}.get(part),
                }[kind] + ")"
                names.append(found.group(1))
            found = re.fullmatch(regex + re.escape(pattern[at:]), code)
            if not found:
                raise Problem(value.line + number, f"`{code}`")
            for name, text in zip(names, found.groups()):
                if bound.setdefault(name, text) != text:
                    raise Problem(value.line + number, f"{name} has two values")


def value_check(facts, resource, name, value):
    kind, line = facts["type"], value.line
    where = f"{name} of {resource.id()}"
    if kind == "PSCredential":
        if value.kind != "credential":
            raise Problem(line, f"{where} is not a credential")
        return
    if value.kind == "later":
        if not (kind == "String" and value.data[1] in ("text", "table") or
                kind == "String[]" and value.data[1] in ("texts", "table")):
            raise Problem(line, f"{where} takes no parameter of that type")
        return
    if kind == "String[]":
        if value.kind != "list":
            raise Problem(line, f"{where} is not a list")
        if facts.get("notempty") and not value.data:
            raise Problem(line, f"{where} is empty")
        for item in value.data:
            value_check(dict(facts, type="String"), resource, name, item)
    elif kind == "Boolean":
        if value.kind != "boolean":
            raise Problem(line, f"{where} is not a truth value")
        if "allowed" in facts and value.data not in facts["allowed"]:
            raise Problem(line, f"{where} is never {value.data}")
    elif kind in INTEGERS:
        low, high = facts.get("range", INTEGERS[kind])
        if value.kind != "number" or not low <= value.data <= high:
            raise Problem(line, f"{where} is not a number from {low} to {high}")
        if value.data % facts.get("step", 1):
            raise Problem(line, f"{where} is not a multiple of {facts['step']}")
    elif kind == "String":
        if value.kind != "text":
            raise Problem(line, f"{where} is not a text")
        if facts.get("notempty") and not value.data:
            raise Problem(line, f"{where} is empty")
        if "allowed" in facts and value.data not in facts["allowed"]:
            raise Problem(line, f"{where} cannot be `{value.data}`")
        if set(facts.get("without", "")) & set(value.data):
            raise Problem(line, f"{where} holds what it cannot")
        if "length" in facts:
            units = len(value.data.encode("utf-16-le")) // 2
            if not facts["length"][0] <= units <= facts["length"][1]:
                raise Problem(line, f"{where} has {units} characters")
    else:
        raise Problem(line, f"{where} has a type that is not written")


def resource_check(facts, role, resource):
    profile, known = facts.profile, facts.resources[resource.kind]
    if resource.kind not in profile["roles"][role]:
        raise Problem(resource.line, f"{resource.kind} has no place in the role {role}")
    if resource.kind == "Script":
        script_check(facts, resource)
        return
    properties = known["properties"]
    limits = profile["limits"].get(resource.kind, {})
    for name, value in resource.settings.items():
        if name not in properties or properties[name]["kind"] == "read":
            raise Problem(value.line, f"{resource.kind} has no property {name} to set")
        if name in profile["never"].get(resource.kind, []):
            raise Problem(value.line, f"{name} of {resource.kind} is never set")
        if name == profile["present"] and value.data != "Present":
            raise Problem(value.line, f"{resource.id()} is removed")
        value_check(dict(properties[name], **limits.get(name, {})), resource, name, value)
    for name, property_facts in properties.items():
        if property_facts["kind"] in ("key", "required") and name not in resource.settings:
            raise Problem(resource.line, f"{resource.id()} lacks {name}")
    for name in profile["together"].get(resource.kind, []):
        if name not in resource.settings:
            raise Problem(resource.line, f"{resource.id()} lacks {name}")
    for one, other in profile["excludes"].get(resource.kind, []):
        if one in resource.settings and other in resource.settings:
            raise Problem(resource.line, f"{one} and {other} of {resource.id()} exclude each other")
    for rule in profile["conditions"].get(resource.kind, []):
        value = resource.settings.get(rule["when"])
        seen = value.data if value else properties[rule["when"]].get("default")
        seen = str(seen).lower() if isinstance(seen, bool) else seen
        if seen == rule["is"] and rule["need"] not in resource.settings:
            raise Problem(resource.line, f"{resource.id()} lacks {rule['need']}")


def machine_check(facts, role, machine, resources):
    names, keys = {}, set()
    for resource in resources:
        resource_check(facts, role, resource)
        identity = resource.id().lower()
        if identity in names:
            raise Problem(resource.line, f"{resource.id()} is there twice on {machine}")
        names[identity] = resource
        properties = facts.resources[resource.kind]["properties"]
        key = [resource.kind] + [json.dumps(value.plain(), default=str).lower()
                                 for name, value in sorted(resource.settings.items())
                                 if properties[name]["kind"] == "key"]
        if tuple(key) in keys:
            raise Problem(resource.line, f"{resource.id()} has the keys of another resource on {machine}")
        keys.add(tuple(key))
    state = {}
    for resource in resources:
        stack = [(resource, iter(resource.depends))]
        if state.get(resource.id().lower()):
            continue
        state[resource.id().lower()] = "open"
        while stack:
            top, waits = stack[-1]
            wait = next(waits, None)
            if wait is None:
                state[top.id().lower()] = "done"
                stack.pop()
                continue
            other = names.get(wait.lower())
            if not other:
                raise Problem(top.line, f"{top.id()} waits for {wait}, which {machine} does not have")
            if state.get(wait.lower()) == "open":
                raise Problem(top.line, f"{top.id()} waits for itself through {wait}")
            if wait.lower() not in state:
                state[wait.lower()] = "open"
                stack.append((other, iter(other.depends)))
    domain_check(facts, machine, resources)


def domain_check(facts, machine, resources):
    """What works only in the domain waits for the promotion of the machine, or else for its join."""
    profile = facts.profile
    anchors = [r for r in resources if r.kind in profile["milestones"]] or \
        [r for r in resources if r.kind == profile["join"] and "DomainName" in r.settings]
    if not anchors:
        return
    by_id = {r.id().lower(): r for r in resources}

    def behind(resource):
        seen, stack = set(), [resource.id().lower()]
        while stack:
            for wait in by_id[stack.pop()].depends:
                if wait.lower() not in seen:
                    seen.add(wait.lower())
                    stack.append(wait.lower())
        return seen

    before = set().union(*(behind(anchor) for anchor in anchors))
    for resource in resources:
        if resource.kind in profile["in_domain"] and resource.id().lower() not in before and \
                not behind(resource) & {anchor.id().lower() for anchor in anchors}:
            raise Problem(resource.line, f"{resource.id()} does not wait until {machine} is in the domain")


def same_value(known, one, other):
    """A value of a script and the same in MOF; `known` says what the script's parameters stand for."""
    if one.kind == "credential":
        return other.kind == "credential" and known.get(one.data) == other.data
    if one.kind == "later":
        if other.kind != "later" or one.data[1] == "table":
            return other.kind == "later"
        name = re.sub(r"^\{ssm:([^}]+)\}$", r"parameter \1 of Systems Manager", other.data[0])
        name = re.sub(r"\{ssm:([^}]+)\}", r"?parameter \1 of Systems Manager?", name)
        return known.get(one.data[0]) == name
    return one.kind == other.kind and one.plain() == other.plain()


def same_check(machine, known, script, mof):
    """The two forms of one machine say the same."""
    if [r.id() for r in script] != [r.id() for r in mof] and \
            sorted(r.id() for r in script) != sorted(r.id() for r in mof):
        raise Problem(1, f"script and MOF of {machine} have other resources")
    by_id = {r.id(): r for r in mof}
    for one in script:
        other = by_id[one.id()]
        if one.depends != other.depends or bool(one.run_as) != bool(other.run_as) or \
                set(one.settings) != set(other.settings) or \
                one.run_as and not same_value(known, one.run_as, other.run_as):
            raise Problem(other.line, f"{one.id()} of {machine} differs between script and MOF")
        for name, value in one.settings.items():
            if not same_value(known, value, other.settings[name]):
                raise Problem(other.settings[name].line,
                              f"{name} of {one.id()} of {machine} differs between script and MOF")


# ---- a role's files -------------------------------------------------------------------------------


class Reader:
    def __init__(self, facts=None):
        self.facts = facts or Facts()
        self.problems = []
        self.roles = {}

    def guard(self, path, act):
        try:
            return act()
        except Problem as problem:
            self.problems.append(f"{path}:{problem.line}: {problem.message}")
            return None

    def read(self, folder):
        """Checks every file below a folder `dsc` (or a folder of one forest)."""
        files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
        known = set()
        for path in files:
            role, dot, extension = path.name.partition(".")
            if role in CONFIGURATIONS and extension == "ps1":
                known |= self.role_read(path.parent, role)
        for path in files:
            if path.suffix in (".ps1", ".psd1", ".mof") and path not in known:
                if path.suffix == ".mof" and path.parent.name in CONFIGURATIONS:
                    self.mof_read(path)
                else:
                    self.problems.append(f"{path}:1: no configuration is written with this file")
        if not any(path.suffix in (".ps1", ".mof") for path in files):
            self.problems.append(f"{folder}:1: nothing to read")

    def mof_read(self, path, script=None, known=None):
        role = path.parent.name
        mof = self.guard(path, lambda: Mof(self.facts, role, path.stem, path.read_bytes()))
        if mof:
            self.guard(path, lambda: machine_check(self.facts, role, path.stem, mof.resources))
            if script is not None:
                self.guard(path, lambda: same_check(path.stem, known, script, mof.resources))
        return mof

    def role_read(self, folder, role):
        script, data, lcm = (folder / f"{role}.{end}" for end in ("ps1", "psd1", "lcm.ps1"))
        for path in (data, lcm):
            if not path.is_file():
                self.problems.append(f"{path}:1: is missing")
                return {script}
        psd1 = self.guard(data, lambda: psd1_read(data.read_bytes()))
        ps1 = psd1 and self.guard(script, lambda: Ps1(self.facts, role, script.read_bytes(), psd1))
        known = {script, data, lcm}
        if not ps1:
            return known
        credentials = "credential" in ps1.parameters.values()
        self.guard(lcm, lambda: lcm_read(role, lcm.read_bytes(), credentials))
        for machine, resources in ps1.machines.items():
            self.guard(script, lambda m=machine, r=resources: machine_check(self.facts, role, m, r))
            mof = folder / role / f"{machine}.mof"
            if mof.is_file():
                known.add(mof)
                self.mof_read(mof, resources, ps1.known)
        self.roles[(folder.name, role)] = ps1
        return known


def dump(reader):
    """What was read, as plain data: forest/role → machine → resource → property → value."""
    return {
        f"{forest}/{role}": {
            machine: {
                resource.id(): {
                    name: value.plain() if value.kind in ("text", "number", "boolean", "list") else f"({value.kind})"
                    for name, value in resource.settings.items()
                } for resource in resources
            } for machine, resources in ps1.machines.items()
        } for (forest, role), ps1 in sorted(reader.roles.items())
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", type=pathlib.Path, default=FACTS)
    parser.add_argument("--json", action="store_true", help="print what was read")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    reader = Reader(Facts(arguments.facts))
    for folder in arguments.folders:
        reader.read(folder)
    if arguments.json:
        json.dump(dump(reader), sys.stdout, indent=1, default=str)
        print()
    for problem in reader.problems:
        print(problem, file=sys.stderr)
    return 1 if reader.problems else 0


if __name__ == "__main__":
    sys.exit(main())
