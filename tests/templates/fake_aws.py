#!/usr/bin/env python3
"""A stand-in for the AWS command line: the calls of deploy.sh, with stacks that remember. State and the list of
calls lie in the folder FAKE_AWS; what it says of a stack is as CloudFormation would, as far as the script asks.

FAKE_AWS/faults.json: {"fail": [stacks whose creation or update fails], "accounts": {profile: id},
"replace": [logical ids whose change replaces], "modules": [keys that are in buckets]}
"""
import json
import os
import pathlib
import sys

FOLDER = pathlib.Path(os.environ["FAKE_AWS"])


def load(name, default):
    path = FOLDER / name
    return json.loads(path.read_text("utf-8")) if path.exists() else default


def save(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=1), "utf-8")


def options(words):
    out, rest, name = {}, [], None
    for word in words:
        if word.startswith("--"):
            name = word[2:]
            out[name] = ""
        elif name and not out[name]:
            out[name] = word
        else:
            rest.append(word)
    return out, rest


def die(text):
    print(text, file=sys.stderr)
    sys.exit(254)


def body_of(opts):
    if "template-url" in opts:
        key = opts["template-url"].split("/", 3)[3]
        return load("objects.json", {})[key]
    path = pathlib.Path(opts["template-body"].removeprefix("file://"))
    text = path.read_text("utf-8")
    if len(text.encode()) > 51200:
        die("An error occurred (ValidationError): Member must have length less than or equal to 51200")
    return text


def read(path):
    return json.loads(pathlib.Path(path.removeprefix("file://")).read_text("utf-8"))


class Stacks:
    def __init__(self, opts):
        self.all = load("stacks.json", {})
        self.faults = load("faults.json", {})
        self.key = f'{opts["profile"]}/{opts["region"]}/{opts.get("stack-name")}'
        self.opts = opts
        self.stack = self.all.get(self.key)

    def done(self):
        save("stacks.json", self.all)

    def create_change_set(self):
        opts, stack = self.opts, self.stack
        text = body_of(opts)
        template = json.loads(text)
        alive = stack and stack["status"] != "REVIEW_IN_PROGRESS"
        if (opts["change-set-type"] == "UPDATE") != bool(alive):
            die("An error occurred (ValidationError): wrong type of change set")
        given = {p["ParameterKey"]: p for p in read(opts["parameters"])}
        values = {}
        for name, parameter in template.get("Parameters", {}).items():
            if name in given and given[name].get("UsePreviousValue"):
                if not alive or name not in stack["parameters"]:
                    die(f"An error occurred (ValidationError): no previous value of {name}")
                values[name] = stack["parameters"][name]
            elif name in given:
                values[name] = given[name]["ParameterValue"]
            elif "Default" in parameter:
                values[name] = parameter["Default"]
            else:
                die(f"An error occurred (ValidationError): Parameters: [{name}] must have values")
        if set(given) - set(values):
            die(f"An error occurred (ValidationError): Parameters: {sorted(set(given) - set(values))} do not exist")
        if any(r["Type"].startswith("AWS::IAM::") for r in template["Resources"].values()) and not opts.get("capabilities"):
            die("An error occurred (InsufficientCapabilitiesException)")
        if not stack:
            stack = self.all[self.key] = {"status": "REVIEW_IN_PROGRESS", "template": None, "parameters": {}, "sets": {},
                                          "outputs": {}, "polls": 0, "protected": False, "policy": None, "resources": {}}
        stack["sets"][opts["change-set-name"]] = {"template": text, "parameters": values, "polls": 1, "tags": read(opts["tags"]),
                                                  "role": opts.get("role-arn")}

    def describe_change_set(self):
        chosen = self.stack["sets"][self.opts["change-set-name"]]
        query = self.opts["query"]
        same = chosen["template"] == self.stack["template"] and chosen["parameters"] == self.stack["parameters"]
        if query == "Status":
            if chosen["polls"]:
                chosen["polls"] -= 1
                print("CREATE_IN_PROGRESS")
            else:
                print("FAILED" if same else "CREATE_COMPLETE")
        elif query == "StatusReason":
            print("The submitted information didn't contain changes. Submit different information to create a change set.")
        else:
            before, after = self.stack["resources"], json.loads(chosen["template"])["Resources"]
            for name, resource in sorted(after.items()):
                if name not in before:
                    print("Add", "-", name, resource["Type"], sep="\t")
                else:
                    replace = "True" if name in self.faults.get("replace", ()) else "False"
                    print("Modify", replace, name, resource["Type"], sep="\t")
            for name in sorted(set(before) - set(after)):
                print("Remove", "-", name, before[name], sep="\t")

    def delete_change_set(self):
        del self.stack["sets"][self.opts["change-set-name"]]

    def execute_change_set(self):
        stack, chosen = self.stack, self.stack["sets"].pop(self.opts["change-set-name"])
        kind = "CREATE" if stack["template"] is None else "UPDATE"
        stack["status"] = kind + "_IN_PROGRESS"
        stack["polls"] = 1
        name = self.opts["stack-name"]
        if name in self.faults.get("fail", ()):
            stack["next"] = "ROLLBACK_COMPLETE" if kind == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
            return
        template = json.loads(chosen["template"])
        stack.update(next=kind + "_COMPLETE", template=chosen["template"], parameters=chosen["parameters"], tags=chosen["tags"],
                     role=chosen["role"], resources={n: r["Type"] for n, r in template["Resources"].items()},
                     outputs={n: f"{self.key}.{n}" for n in template.get("Outputs", {})})

    def describe_stacks(self):
        stack, query = self.stack, self.opts["query"]
        if not stack:
            die("An error occurred (ValidationError): Stack does not exist")
        if query == "Stacks[0].StackStatus":
            if stack["status"].endswith("_IN_PROGRESS") and "next" in stack:
                if stack["polls"]:
                    stack["polls"] -= 1
                else:
                    stack["status"] = stack.pop("next")
            print(stack["status"])
        elif query == "Stacks[0].Parameters[].ParameterKey":
            print("\t".join(stack["parameters"]) or "None")
        else:
            print(stack["outputs"].get(query.split("'")[1], ""))

    def describe_stack_events(self):
        print("Gateway\tResource handler returned message: no room")

    def set_stack_policy(self):
        self.stack["policy"] = read(self.opts["stack-policy-body"])

    def update_termination_protection(self):
        self.stack["protected"] = "enable-termination-protection" in self.opts


def main():
    words = sys.argv[1:]
    with open(FOLDER / "calls", "a", encoding="utf-8") as file:
        file.write(json.dumps(words) + "\n")
    service, operation = words[:2]
    opts, rest = options(words[2:])
    if "region" not in opts:
        die("You must specify a region")
    if service == "cloudformation":
        stacks = Stacks(opts)
        getattr(stacks, operation.replace("-", "_"))()
        stacks.done()
    elif service == "sts":
        print(load("faults.json", {}).get("accounts", {}).get(opts["profile"], "000000000000"))
    elif service == "s3" and operation == "cp":
        source, to = [w for w in words[2:] if w.startswith(("s3://", "cloudformation/", "dsc/"))]
        objects = load("objects.json", {})
        objects[to.split("/", 3)[3]] = pathlib.Path(source).read_text("utf-8")
        save("objects.json", objects)
    elif service == "s3api":
        if opts["key"] not in load("faults.json", {}).get("modules", ()):
            die("An error occurred (404)")
    else:
        print("found-by-" + operation)
    return rest and 0


main()
