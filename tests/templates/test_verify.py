#!/usr/bin/env python3
"""`had build --verify`: the written templates say what the resource graph says, and each planted difference is found.

    test_verify.py HAD

A folder is built once and copied; the copy is changed in one thing, with the digests of the manifest set right again,
and `had build --check --verify` must tell of it by its code and by what was changed. A second part changes one leaf of
the templates after the other, whatever it is: every one with HAD_LONG=1, some of them otherwise.
"""
import copy
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import random_specs  # noqa: E402
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
EXAMPLES = templates.ROOT / "examples"
UNIFORM = templates.ROOT / "tests/validators/uniform"
WIDE = templates.ROOT / "tests/validators/wide"
LONG = bool(os.environ.get("HAD_LONG"))
SPECS = 100 if LONG else 12
LEAVES = 1000000 if LONG else 60
SHARED = "cloudformation/shared-services/eu-west-1/"

# What no node says: texts for people, how long somebody waits, the form of a parameter.
FREE = re.compile(r"^(Description|Metadata|AWSTemplateFormatVersion)(/|$)|^(Parameters/[^/]+|Outputs/[^/]+)/Description$"
                  r"|/Properties/(ServiceTimeout|WaitForSuccessTimeoutSeconds|ComplianceSeverity)$"
                  r"|^Parameters/[^/]+/AllowedPattern$")


def run(spec, out, *options):
    done = subprocess.run([PROGRAM, "build", str(spec), "--as-of", templates.DAY, "--verify", "-o", str(out),
                           "--format", "json", *options],
                          capture_output=True, text=True, timeout=120, check=False)
    # `--check` names the files that differ behind the findings.
    found = json.JSONDecoder().raw_decode(done.stdout)[0]["findings"] if done.stdout.startswith("{") else []
    found = [f for f in found if f["code"].startswith("HAD083")]
    said = "\n".join(f"{f['code']} {f['message']} {f['notes']}" for f in found[:20]) or done.stdout[-2000:]
    return done.returncode, found, said + "\n" + done.stderr[-2000:]


class Folder:
    """A copy of a build with what changes it."""

    def __init__(self, source, spec, options, into):
        self.out, self.spec, self.options = into, spec, options
        shutil.copytree(source, into)
        self.manifest = json.loads((into / "manifest.json").read_text("utf-8"))

    def step(self, name):
        return next(step for step in self.manifest["steps"] if step["id"] == name)

    def text(self, path, change):
        """Changes the text of a file, and its digest in the manifest."""
        file = self.out / path
        before = file.read_text("utf-8")
        after = change(before)
        assert before != after, f"{path}: nothing was changed"
        file.write_text(after, "utf-8")
        digest = hashlib.sha256(after.encode()).hexdigest()
        for step in self.manifest["steps"]:
            if step.get("template") == path:
                step["sha256"] = digest

    def template(self, path, change):
        def apply(text):
            tree = json.loads(text)
            change(tree)
            return json.dumps(tree, indent=1)
        self.text(path, apply)

    def verify(self):
        (self.out / "manifest.json").write_text(json.dumps(self.manifest, indent=1), "utf-8")
        return run(self.spec, self.out, "--check", *self.options)


class Planted(unittest.TestCase):
    """Differences of every sort in the example, as JSON, so that a test can change it."""
    SPEC, OPTIONS = EXAMPLES / "acme", ("--json",)
    count = 0

    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.built = pathlib.Path(cls.temporary.name) / "built"
        status, found, text = run(cls.SPEC, cls.built, *cls.OPTIONS)
        assert status == 0 and not found, text

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def folder(self):
        Planted.count += 1
        return Folder(self.built, self.SPEC, self.OPTIONS, pathlib.Path(self.temporary.name) / str(Planted.count))

    def finds(self, folder, code, *words):
        status, found, text = folder.verify()
        shutil.rmtree(folder.out)
        self.assertEqual(status, 1, text)
        told = [f"{f['message']} {' '.join(f['notes'])} {f['address'] or ''}" for f in found if f["code"] == code]
        self.assertTrue(any(all(word in one for word in words) for one in told), f"no {code} with {words}:\n{text}")
        self.assertLess(len(found), 60, text)

    def change(self, path, change, code, *words):
        folder = self.folder()
        folder.template(path + ".json", change)
        self.finds(folder, code, *words)


class Acme(Planted):
    network = SHARED + "network"
    dns = "cloudformation/network/eu-west-1/dns"

    def test_untouched(self):
        status, found, text = self.folder().verify()
        self.assertEqual((status, found), (1, []), text)  # another writer's JSON is stale, but says the same
        status, _, text = run(self.SPEC, self.built, "--check", *self.OPTIONS)
        self.assertEqual(status, 0, text)

    def test_property(self):
        def other(t):
            t["Resources"]["SpokeSharedSubnetDirectoryA"]["Properties"]["CidrBlock"] = "10.17.99.0/24"
        self.change(self.network, other, "HAD0830", "CidrBlock", "10.17.99.0/24", "spoke shared/subnet directory-a:subnet")

    def test_property_more_and_less(self):
        def more(t):
            t["Resources"]["SpokeSharedVpc"]["Properties"]["Ipv4NetmaskLength"] = 24

        def less(t):
            del t["Resources"]["SpokeSharedVpc"]["Properties"]["EnableDnsSupport"]
        self.change(self.network, more, "HAD0830", "Ipv4NetmaskLength", "not set")
        self.change(self.network, less, "HAD0830", "EnableDnsSupport", "not set")

    def test_sort_of_a_value(self):
        def text(t):
            t["Resources"]["SpokeSharedSubnetDirectoryA"]["Properties"]["Tags"][0]["Value"] = 4711
        self.change(self.network, text, "HAD0830", "Tags")

    def test_type_and_protection(self):
        def other(t):
            t["Resources"]["HubCoreGateway"]["Type"] = "AWS::EC2::TransitGatewayRouteTable"

        def lose(t):
            del t["Resources"]["HubCoreGateway"]["UpdateReplacePolicy"]

        def condition(t):
            t["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
            t["Resources"]["HubCoreGateway"]["Condition"] = "Never"
        hub = "cloudformation/network/eu-west-1/hub"
        self.change(hub, other, "HAD0830", "type", "TransitGatewayRouteTable")
        self.change(hub, lose, "HAD0830", "UpdateReplacePolicy", "Retain")
        self.change(hub, condition, "HAD0831", "condition")
        folder = self.folder()
        folder.step("network/eu-west-1/hub")["terminationProtection"] = False
        self.finds(folder, "HAD0830", "hub core:gateway")
        folder = self.folder()
        folder.text(hub + ".policy.json", lambda text: text.replace("HubCoreGateway", "HubCoreOther"))
        self.finds(folder, "HAD0830", "hub core:gateway", "protected")

    def test_lost(self):
        name = next(n for n, r in templates.load(self.built / (self.network + ".json"))["Resources"].items()
                    if r["Type"] == "AWS::EC2::Route")
        self.change(self.network, lambda t: t["Resources"].pop(name), "HAD0831", name)
        folder = self.folder()
        folder.template(self.network + ".json", lambda t: t["Resources"].pop(name))
        address = folder.step("shared-services/eu-west-1/network")["resources"].pop(name)
        self.finds(folder, "HAD0831", "no step makes", address)

    def test_twice(self):
        folder = self.folder()
        step = folder.step("shared-services/eu-west-1/network")
        step["resources"]["SpokeSharedVpc"] = step["resources"]["SpokeSharedSubnetDirectoryA"]
        self.finds(folder, "HAD0831", "spoke shared:vpc")

    def test_extra(self):
        def add(t):
            t["Resources"]["Backdoor"] = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
        self.change(self.network, add, "HAD0832", "Backdoor")
        self.change(SHARED + "trust-glue", add, "HAD0832", "Backdoor")

    def test_references(self):
        def swap(t):
            one, two = (t["Resources"][f"SpokeSharedSubnetDirectory{x}TableAssociation"]["Properties"] for x in "AB")
            one["SubnetId"], two["SubnetId"] = two["SubnetId"], one["SubnetId"]

        def attribute(t):
            t["Resources"]["SpokeEndpointsResolverOutboundForwardCorpExampleComShare"]["Properties"]["ResourceArns"] = [
                {"Fn::GetAtt": ["SpokeEndpointsResolverOutboundForwardCorpExampleComRule", "ResolverRuleId"]}]

        def nothing(t):
            t["Resources"]["SpokeSharedSubnetDirectoryATableAssociation"]["Properties"]["SubnetId"] = {"Ref": "Gone"}
        self.change(self.network, swap, "HAD0830", "SubnetId", "directory-a", "directory-b")
        self.change(self.dns, attribute, "HAD0830", "ResourceArns", "ResolverRuleId")
        self.change(self.network, nothing, "HAD0835", "Gone")

    def test_zone(self):
        def other(t):
            properties = t["Resources"]["SpokeSharedSubnetDirectoryA"]["Properties"]
            properties["AvailabilityZone"] = {"Fn::Sub": "${AWS::Region}c"}
        self.change(self.network, other, "HAD0830", "AvailabilityZone", "eu-west-1c")

    def test_bindings(self):
        folder = self.folder()
        folder.step("erp/eu-west-1/network")["parameters"]["HubCoreGatewayId"] = {"value": "tgw-00000000000000000"}
        self.finds(folder, "HAD0830", "TransitGatewayId", "tgw-00000000000000000")
        folder = self.folder()
        routing = folder.step("network/eu-west-1/routing")["parameters"]
        one, two, *_ = (name for name in list(routing) if name.startswith("HubCoreSegment"))
        routing[one], routing[two] = routing[two], routing[one]
        self.finds(folder, "HAD0830", "TransitGatewayRouteTableId")
        folder = self.folder()
        del folder.step("erp/eu-west-1/network")["parameters"]["HubCoreGatewayId"]
        self.finds(folder, "HAD0835", "HubCoreGatewayId")
        folder = self.folder()
        folder.step("erp/eu-west-1/network")["parameters"]["HubCoreGatewayId"] = {"from": "network/eu-west-1/routing.No"}
        self.finds(folder, "HAD0835", "network/eu-west-1/routing.No")

    def test_output(self):
        def other(t):
            t["Outputs"]["SpokeSharedSubnetDirectoryAId"]["Value"] = {"Ref": "SpokeSharedSubnetDirectoryB"}
        self.change(self.network, other, "HAD0830", "directory-a", "directory-b")

    def test_depends(self):
        def unchained(t):
            for resource in t["Resources"].values():
                if resource["Type"] == "AWS::EC2::Route":
                    resource.pop("DependsOn", None)

        def one_at_a_time(t):
            for resource in t["Resources"].values():
                resource.pop("DependsOn", None)
        self.change(self.network, unchained, "HAD0833", ":route[", ":attachment[hub core]")
        self.change(SHARED + "trust-glue", one_at_a_time, "HAD0833", "one call at a time")

    def test_steps(self):
        folder = self.folder()
        step = folder.step("network/eu-west-1/routing")
        step["waitsFor"].remove("erp/eu-west-1/network")
        self.finds(folder, "HAD0835", "erp/eu-west-1/network")
        folder = self.folder()  # no value, only an order
        folder.step("shared-services/eu-west-1/domain-controllers")["waitsFor"].remove("network/eu-west-1/routing")
        self.finds(folder, "HAD0833", "dc-aws-1")
        folder = self.folder()
        folder.step("network/eu-west-1/hub")["waitsFor"].append("network/eu-west-1/routing")
        self.finds(folder, "HAD0835", "no earlier step")

    def test_staged(self):
        folder = self.folder()
        values = folder.step("network/eu-west-1/dns@1")["parameters"]
        name = next(n for n in values if n.endswith("TargetIps1Ip"))
        values[name]["value"] = "10.0.0.10"
        self.finds(folder, "HAD0830", "TargetIps.1.Ip", "10.17.0.10", "dns@1")
        folder = self.folder()
        steps = folder.manifest["steps"]
        gone = next(s for s in steps if s["id"] == "network/eu-west-1/dns@1")
        steps.remove(gone)
        for step in steps:
            step["waitsFor"] = [w if w != gone["id"] else "network/eu-west-1/dns" for w in step["waitsFor"]]
        self.finds(folder, "HAD0831", "2 states", ":rule")
        folder = self.folder()
        folder.step("network/eu-west-1/dns@1")["waitsFor"] = []
        self.finds(folder, "HAD0833", ":rule")

    def test_places(self):
        folder = self.folder()
        folder.step("web-prod/eu-west-1/network")["region"] = "eu-west-2"
        self.finds(folder, "HAD0830", "Region", "eu-west-2")
        folder = self.folder()
        folder.step("web-prod/eu-west-1/network")["account"]["id"] = "555555555555"
        self.finds(folder, "HAD0830", "account", "555555555555")
        folder = self.folder()
        folder.step("web-prod/eu-west-1/network")["deployRole"] = "Administrator"
        self.finds(folder, "HAD0830", "deploy role", "Administrator")

    def test_secrets(self):
        def plain(t):
            t["Resources"]["DirectoryAws"]["Properties"]["Password"] = "Passw0rd!"

        def another(t):
            password = t["Resources"]["DirectoryAws"]["Properties"]["Password"]
            t["Resources"]["DirectoryAws"]["Properties"]["Password"] = password.replace("SecretString", "SecretBinary")

        def planted(t):
            t["Resources"]["SpokeSharedVpc"]["Properties"]["Tags"][0]["Value"] = "{{resolve:secretsmanager:other}}"

        def glue(t):
            trust = next(r for r in t["Resources"].values() if r["Type"] == "Custom::HadTrust")["Properties"]
            key = next(k for k in trust if k.endswith("From"))
            trust[key[:-len("From")]] = "Passw0rd!"
            del trust[key]
        directory = SHARED + "directory"
        self.change(directory, plain, "HAD0834", "Password")
        self.change(directory, another, "HAD0834", "Password")
        self.change(self.network, planted, "HAD0834", "Tags")
        self.change(SHARED + "trust-glue", glue, "HAD0830", "Password")

    def test_policy_document(self):
        def wider(t):
            for resource in t["Resources"].values():
                if resource["Type"] == "AWS::S3::BucketPolicy":
                    resource["Properties"]["PolicyDocument"]["Statement"][0]["Effect"] = "Allow"
        self.change(self.network, wider, "HAD0830", "Effect")

    def test_glue(self):
        def deaf(t):
            code = t["Resources"]["TrustFunction"]["Properties"]["Code"]
            code["ZipFile"] = code["ZipFile"].replace("class Trust", "class Other")

        def elsewhere(t):
            trust = next(r for r in t["Resources"].values() if r["Type"] == "Custom::HadTrust")
            trust["Properties"]["ServiceToken"] = "arn:aws:lambda:eu-west-1:999999999999:function:theirs"

        def argument(t):
            trust = next(r for r in t["Resources"].values() if r["Type"] == "Custom::HadTrust")
            trust["Properties"]["TrustDirection"] = "One-Way: Incoming"
        glue = SHARED + "trust-glue"
        self.change(glue, deaf, "HAD0831", "no function that knows `Trust`")
        self.change(glue, elsewhere, "HAD0831", "no function")
        self.change(glue, argument, "HAD0830", "TrustDirection")

    def test_by_hand(self):
        folder = self.folder()
        folder.step("gate/link dx-1:router")["instruction"] = "Do nothing."
        self.finds(folder, "HAD0830", "Instruction", "link dx-1:router")
        folder = self.folder()
        values = folder.step("gate/link dx-1:router")["values"]
        values["LinkDx1InterfaceVirtualInterfaceId"]["from"] = "network/eu-west-1/hub.LinkDx2InterfaceVirtualInterfaceId"
        self.finds(folder, "HAD0830", "Probe", "link dx-2")
        folder = self.folder()
        folder.step("dsc/corp/domain-controller/forest corp/controller dc-aws-1")["machine"] = "instance erp-app-1:instance"
        self.finds(folder, "HAD0830", "instance erp-app-1:instance")
        folder = self.folder()
        folder.step("dsc/corp/domain-controller/forest corp/controller dc-aws-2")["configurations"] = []
        self.finds(folder, "HAD0831", "dc-aws-2:configuration")
        folder = self.folder()
        folder.text("dsc/corp/domain-controller/dc-aws-1.mof", lambda text: text + "\n")
        self.finds(folder, "HAD0835", "dc-aws-1.mof")

    def test_association(self):
        def other(t):
            for resource in t["Resources"].values():
                resource["Properties"]["Parameters"]["MofsToApply"] = ["s3:eu-west-1:theirs:evil.mof"]
        self.change(SHARED + "domain-controllers-delivery", other, "HAD0830", "MofsToApply", "evil.mof")

    def test_lookup(self):
        folder = self.folder()
        step = next(s for s in folder.manifest["steps"]
                    if any("lookup" in v for v in s.get("parameters", {}).values()))
        bound = next(v for v in step["parameters"].values() if "lookup" in v)
        bound["account"] = "erp"
        self.finds(folder, "HAD0830", "is run in account `erp`")

    def test_unreadable(self):
        path = self.network + ".json"
        for damage, word in ((lambda text: text[:-200], "line"), (lambda text: text.replace('"Resources"', '"Things"'),
                                                                 "no resources")):
            folder = self.folder()
            folder.text(path, damage)
            self.finds(folder, "HAD0835", "cannot be read back", word)
        folder = self.folder()
        folder.text(path, lambda text: text.replace('"Ref": "SpokeSharedVpc"', '"Fn::Transform": "SpokeSharedVpc"', 1))
        self.finds(folder, "HAD0835", "knows no function", "Fn::Transform")
        folder = self.folder()
        (folder.out / path).write_text((folder.out / path).read_text("utf-8") + "\n", "utf-8")
        self.finds(folder, "HAD0835", "SHA-256")
        folder = self.folder()
        (folder.out / path).unlink()
        self.finds(folder, "HAD0835", "it is not there")


class Plain(Planted):
    """Without custom resources: values that commands find."""
    OPTIONS = ("--json", "--no-custom-resources")

    def bound(self, word):
        folder = self.folder()
        step = next(s for s in folder.manifest["steps"] for n in s.get("parameters", {}) if word in n)
        return folder, step, next(v for n, v in step["parameters"].items() if word in n)

    def test_command(self):
        folder, step, bound = self.bound("DirectoryAwsGroupGroupId")
        # The directory's id is asked for, so that the rules cannot stand in the directory's own stack.
        self.assertTrue(bound["with"]["DirectoryId"]["from"].startswith("shared-services/eu-west-1/directory."))
        self.assertNotEqual(step["id"], "shared-services/eu-west-1/directory")
        bound["with"]["DirectoryId"] = {"value": "d-0000000000"}
        self.finds(folder, "HAD0830", "DirectoryId", "d-0000000000")
        folder, step, bound = self.bound("PrincipalId")
        others = {json.dumps(v): v for n, v in step["parameters"].items() if "PrincipalId" in n and v != bound}
        bound.update(copy.deepcopy(next(iter(others.values()))))
        del bound["with"]
        self.finds(folder, "HAD0830", "names another thing")

    def test_work(self):
        folder = self.folder()
        step = next(s for s in folder.manifest["steps"] if s.get("type") == "had::DirectoryLog")
        step["properties"]["LogGroupName"] = "elsewhere"
        self.finds(folder, "HAD0830", "LogGroupName", "elsewhere")


class Yaml(Planted):
    """What only YAML can say wrong."""
    OPTIONS = ()

    def text(self, path, before, after, code, *words):
        folder = self.folder()
        folder.text(path, lambda text: text.replace(before, after, 1))
        self.finds(folder, code, *words)

    def test_scalars(self):
        path = SHARED + "network.yaml"
        self.text(path, "Value: '4711'", "Value: 4711", "HAD0830", "Tags")
        self.text(path, "Value: '4711'", "Value: 0x1267", "HAD0830", "Tags")
        self.text(path, "Value: '4711'", "Value: off", "HAD0830", "Tags")
        self.text(path, "Value: '4711'", "Value: 2026-11-24", "HAD0830", "Tags")
        self.text(path, "Value: '4711'", "Value: &a '4711'", "HAD0835", "anchors")
        self.text(path, "Value: '4711'", "Value: '4711'\n          Value: x", "HAD0835", "twice")
        self.text(path, "Value: '4711'", "Value: !!str 4711", "HAD0835", "tag")

    def test_places(self):
        """A finding says the place in the spec, the property and both values, and the line of the template."""
        folder = self.folder()
        folder.text(SHARED + "network.yaml", lambda text: text.replace("CidrBlock: 10.17.0.0/24", "CidrBlock: 10.17.0.0/25"))
        status, found, text = folder.verify()
        self.assertEqual((status, len(found)), (1, 1), text)
        one = found[0]
        self.assertTrue(one["file"].endswith(".had") and one["line"] > 1, one)
        self.assertRegex(one["message"], r"`CidrBlock` of `spoke shared/subnet .*` is `10.17.0.0/24` in the graph and "
                                         r"`10.17.0.0/25` in the output")
        self.assertRegex(" ".join(one["notes"]), r"network\.yaml:\d+, step `shared-services/eu-west-1/network`")


class Output(Planted):
    """Values between stacks by Fn::GetStackOutput."""
    OPTIONS = ("--json", "--cross-stack", "output")

    def test_call(self):
        def other(key, value):
            def change(t):
                call = t["Resources"]["SpokeErpMainAttachmentHubCore"]["Properties"]["TransitGatewayId"]["Fn::GetStackOutput"]
                call[key] = value
            return change
        path = "cloudformation/erp/eu-west-1/network"
        self.change(path, other("OutputName", "LinkDx1InterfaceVirtualInterfaceId"), "HAD0830", "TransitGatewayId", "link dx-1")
        self.change(path, other("StackName", "had-acme-identity-routing"), "HAD0835", "no stack")
        self.change(path, other("RoleArn", "arn:aws:iam::333333333333:role/had-deploy-outputs"), "HAD0835", "no stack")


class Set(Planted):
    """One template for many accounts."""
    SPEC, OPTIONS = UNIFORM, ("--json", "--stack-set", "workloads")
    path = "cloudformation/management/eu-west-1/network-set-workloads"

    def test_overrides(self):
        def swap(t):
            one, two = t["Resources"]["Networks"]["Properties"]["StackInstancesGroup"]
            one["ParameterOverrides"], two["ParameterOverrides"] = two["ParameterOverrides"], one["ParameterOverrides"]

        def region(t):
            t["Resources"]["Networks"]["Properties"]["StackInstancesGroup"][0]["Regions"] = ["eu-west-2"]

        def automatic(t):
            t["Resources"]["Networks"]["Properties"]["AutoDeployment"]["Enabled"] = True

        def wider(t):
            group = t["Resources"]["Networks"]["Properties"]["StackInstancesGroup"][0]
            group["DeploymentTargets"]["AccountFilterType"] = "UNION"
        self.change(self.path, swap, "HAD0830", "CidrBlock")
        self.change(self.path, region, "HAD0830", "Region", "eu-west-2")
        self.change(self.path, automatic, "HAD0832", "Enabled")
        self.change(self.path, wider, "HAD0832", "more than its account")

    def test_body(self):
        folder = self.folder()

        def change(t):
            t["Resources"]["Networks"]["Properties"]["TemplateBody"] += " "
        folder.template(self.path + ".json", change)
        self.finds(folder, "HAD0835", "not the template inside")


class Lanes(unittest.TestCase):
    def test_width(self):
        """More assignments than the service takes at once: ten chains of DependsOn, and without one link eleven."""
        with tempfile.TemporaryDirectory() as temporary:
            root = pathlib.Path(temporary)
            shutil.copytree(EXAMPLES / "acme", root / "spec")
            people = "".join(f"\nassign read-only to group 'CORP\\G{n}' on account erp\n" for n in range(14))
            spec = (root / "spec/access.had").read_text("utf-8")
            name = re.search(r"permission-set (\S+)", spec).group(1)
            (root / "spec/access.had").write_text(spec + people.replace("read-only", name), "utf-8")
            status, found, text = run(root / "spec", root / "out", "--json")
            self.assertEqual((status, found), (0, []), text)
            folder = Folder(root / "out", root / "spec", ("--json",), root / "copy")

            def unchained(t):
                resource = next(r for r in t["Resources"].values()
                                if r["Type"] == "AWS::SSO::Assignment" and "DependsOn" in r)
                del resource["DependsOn"]
            folder.template(SHARED + "access.json", unchained)
            status, found, text = folder.verify()
            self.assertIn("HAD0833", {f["code"] for f in found}, text)


class Leaves(Planted):
    """Every leaf of every template, whatever it is, one after the other."""

    def leaves(self, tree, path=""):
        if isinstance(tree, dict):
            for key, value in tree.items():
                yield from self.leaves(value, f"{path}/{key}" if path else key)
        elif isinstance(tree, list):
            for n, value in enumerate(tree):
                yield from self.leaves(value, f"{path}/{n}")
        else:
            yield path

    def test_leaves(self):
        chosen = []
        for path in sorted((self.built / "cloudformation").rglob("*.json")):
            if not path.name.endswith(".policy.json"):
                name = path.relative_to(self.built)
                nodes = next(s["resources"] for s in templates.manifest(self.built) if s.get("template") == str(name))
                chosen += [(name, leaf) for leaf in self.leaves(templates.load(path)) if not FREE.search(leaf)
                           and not (leaf.startswith("Resources/") and leaf.split("/")[1] not in nodes)]
        random.Random(1).shuffle(chosen)
        self.assertGreater(len(chosen), 1000)
        missed = []
        folder = self.folder()
        for path, leaf in chosen[:LEAVES]:
            before = (folder.out / path).read_text("utf-8")
            manifest = copy.deepcopy(folder.manifest)

            def change(tree, leaf=leaf):
                at = tree
                keys = leaf.split("/")
                for n, key in enumerate(keys):  # keys may hold a slash
                    if isinstance(at, list):
                        key = int(key)
                    elif key not in at:
                        keys[n + 1] = f"{key}/{keys[n + 1]}"
                        continue
                    if n == len(keys) - 1:
                        value = at[key]
                        at[key] = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else value + "x"
                    else:
                        at = at[key]
            folder.template(str(path), change)
            status, found, _ = folder.verify()
            if status != 1 or not found:
                missed.append(f"{path} {leaf}")
            (folder.out / path).write_text(before, "utf-8")
            folder.manifest = manifest
        self.assertEqual(missed, [], "changed and not found:\n" + "\n".join(missed))


class Holds(unittest.TestCase):
    """Every way to build every example, and random specs."""

    def holds(self, spec, *options):
        with tempfile.TemporaryDirectory() as out, self.subTest(spec=str(spec), options=options):
            status, found, text = run(spec, pathlib.Path(out) / "out", *options)
            self.assertEqual((status, found), (0, []), text)

    def test_examples(self):
        ways = ((), ("--json",), ("--no-custom-resources",), ("--cross-stack", "output"), ("--phase", "extended"))
        for spec in sorted(p for p in EXAMPLES.iterdir() if p.is_dir()) + [WIDE]:
            for way in ways if LONG or spec.name in ("acme", "multi-region") else (ways[0], ways[2]):
                self.holds(spec, *way)
        for phase in ("foundation", "resource-forest", "access"):
            self.holds(EXAMPLES / "acme", "--phase", phase)
        self.holds(EXAMPLES / "acme", "--emit", "cloudformation")
        self.holds(UNIFORM, "--stack-set", "workloads")
        self.holds(UNIFORM, "--stack-set", "workloads", "--json", "--no-custom-resources")

    def test_random(self):
        with tempfile.TemporaryDirectory() as temporary:
            for seed in range(1, SPECS + 1):
                path = pathlib.Path(temporary) / f"{seed}.had"
                path.write_text(random_specs.spec(seed).text, "utf-8")
                self.holds(path, *((), ("--no-custom-resources",), ("--cross-stack", "output", "--json"))[seed % 3])

    def test_shared_out(self):
        """A layer that is more than one template holds."""
        with tempfile.TemporaryDirectory() as temporary:
            root = pathlib.Path(temporary)
            subprocess.run([sys.executable, str(templates.ROOT / "tests/bench/make_spec.py"), "420", str(root / "spec")],
                           check=True)
            self.holds(root / "spec")

    def test_usage(self):
        with tempfile.TemporaryDirectory() as out:
            status, _, text = run(EXAMPLES / "vpn-only", out, "--emit", "dsc")
            self.assertEqual(status, 2, text)
            self.assertIn("cloudformation", text)


if __name__ == "__main__":
    unittest.main()
