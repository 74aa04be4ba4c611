#!/usr/bin/env python3
"""The deploy roles of DIR/bootstrap against the templates that they deploy.

    test_bootstrap.py HAD

Every resource of every template finds the actions of its type in the role of its account, with what it sets; and
the role has no action that no resource of the account asks for. Names, sizes and protected things besides.
"""
import fnmatch
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import templates  # noqa: E402

PROGRAM = sys.argv.pop(1)
EXAMPLES = sorted(path.name for path in (templates.ROOT / "examples").iterdir() if path.is_dir())
TABLE = templates.table()
MODELS = {}
for model in (templates.ROOT / "compiler/schema/facts/iam/actions.tsv").read_text("ascii").splitlines()[1:]:
    service, names = model.split("\t")
    MODELS[service] = set(names.split())
# Gone for good, and what of the graph is protected against it.
GONE = {"AWS::DirectoryService::MicrosoftAD": "ds:DeleteDirectory", "AWS::EC2::TransitGateway": "ec2:DeleteTransitGateway",
        "AWS::DirectConnect::DirectConnectGateway": "directconnect:DeleteDirectConnectGateway",
        "AWS::Organizations::Account": "organizations:CloseAccount", "AWS::S3::Bucket": "s3:DeleteBucket"}
NAMES = {  # property, action, ARN
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:CreateLogGroup", "arn:aws:logs:eu-west-1:ACCOUNT:log-group:{}"),
    "AWS::S3::Bucket": ("BucketName", "s3:CreateBucket", "arn:aws:s3:::{}"),
    "AWS::SecretsManager::Secret": ("Name", "secretsmanager:CreateSecret",
                                    "arn:aws:secretsmanager:eu-west-1:ACCOUNT:secret:{}-AbCdEf"),
    "AWS::SSM::Parameter": ("Name", "ssm:PutParameter", "arn:aws:ssm:eu-west-1:ACCOUNT:parameter{}"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "iam:CreatePolicy", "arn:aws:iam::ACCOUNT:policy/{}"),
}


def made_name(stack, logical, limit):
    """How CloudFormation names what has no name: the stack's and the logical id are cut where both are too long."""
    if len(stack) + len(logical) + 15 > limit:
        stack, logical = stack[:24], logical[:24]
    return f"{stack}-{logical}-1A2B3C4D5E6F"


class Bootstrap(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.outs = {}
        for name in EXAMPLES:
            cls.outs[name] = templates.build(PROGRAM, templates.ROOT / "examples" / name,
                                             pathlib.Path(cls.folder.name, name), "--json")
        for spec in sorted((templates.ROOT / "tests/golden/lower").glob("*.had")):  # one for each kind
            try:
                cls.outs[spec.stem] = templates.build(PROGRAM, spec, pathlib.Path(cls.folder.name, spec.stem), "--json")
            except AssertionError:
                continue  # what it shows is wrong as a whole
        assert len(cls.outs) > 20, sorted(cls.outs)
        cls.outs["plain"] = templates.build(PROGRAM, templates.ROOT / "examples/acme", pathlib.Path(cls.folder.name, "plain"), "--json",
                                            "--no-custom-resources")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def each(self):
        """(out, account, its bootstrap template, its stacks' steps)"""
        for name, out in self.outs.items():
            steps = [s for s in templates.manifest(out) if s["kind"] == "stack" and "resources" in s]
            rows = templates.accounts(out)
            for account in sorted({s["account"]["name"] for s in steps}):
                self.assertIn(account, rows, name)
                template = templates.load(out / "bootstrap" / rows[account]["template"])
                yield f"{name}/{account}", out, template, [s for s in steps if s["account"]["name"] == account]

    def needed(self, out, steps):
        must, may, seen = set(), set(), {}
        for step in steps:
            for resource in templates.load(out / step["template"])["Resources"].values():
                seen.setdefault(resource["Type"], []).append(resource)
        for kind, prop, actions, unscoped, ends in TABLE:
            for resource in seen.get(kind, []):
                properties = resource.get("Properties", {})
                if prop and prop not in properties:
                    continue
                must |= actions | unscoped
                if "DeletionPolicy" not in resource:
                    must |= ends
                may |= actions | unscoped | ends
        return must, may, seen

    def test_every_resource_finds_its_actions(self):
        for label, out, template, steps in self.each():
            with self.subTest(label):
                grants = templates.granted(template, "StacksRole")
                must, _, seen = self.needed(out, steps)
                self.assertTrue(must)
                # Nothing to touch: a bucket for logs that lies elsewhere.
                self.assertEqual(sorted(a for a in must - set(grants) if not a.startswith("s3:")), [])
                types = {kind for kind, *_ in TABLE}
                self.assertEqual([k for k in seen if k not in types and not k.startswith("Custom::")], [])

    def test_no_action_that_nothing_asks_for(self):
        for label, out, template, steps in self.each():
            with self.subTest(label):
                _, may, _ = self.needed(out, steps)
                text = "".join((out / step["template"]).read_text("utf-8") for step in steps)
                if "{{resolve:secretsmanager:" in text:
                    may |= {"secretsmanager:GetSecretValue", "kms:Decrypt"}
                self.assertEqual(sorted(set(templates.granted(template, "StacksRole")) - may), [])

    def test_actions_are_of_iam_and_whole(self):
        for label, _, template, _ in self.each():
            for role in ("StacksRole", "DeployRole"):
                for action in templates.granted(template, role):
                    service, name = action.split(":")
                    self.assertIn(name, MODELS.get(service, ()), f"{label}: {action}")

    def test_sensitive_services_are_narrowed_by_name(self):
        without = {"iam": set(), "lambda": set(), "secretsmanager": {"secretsmanager:GetRandomPassword"}, "s3": set(), "kms": set()}
        for label, _, template, _ in self.each():
            for role in ("StacksRole", "DeployRole"):
                for action, resources in templates.granted(template, role).items():
                    service, name = action.split(":")
                    looks = role == "DeployRole" and name.startswith(("Describe", "Get", "List")) and name not in ("GetObject", "GetSecretValue")
                    if service in without and action not in without[service] and not looks:
                        self.assertNotIn("*", resources, f"{label}: {action}")
                        self.assertFalse([r for r in resources if r.endswith((":*", ":role/*", ":function:*", "secret:*"))],
                                         f"{label}: {action}")

    def test_names_are_covered(self):
        found = 0
        for label, out, template, steps in self.each():
            grants = templates.granted(template, "StacksRole")
            for step in steps:
                for logical, resource in templates.load(out / step["template"])["Resources"].items():
                    kind, properties = resource["Type"], resource.get("Properties", {})
                    if kind in NAMES and isinstance(properties.get(NAMES[kind][0]), str):
                        _, action, arn = NAMES[kind]
                        self.assertTrue(templates.allows(grants, action, arn.format(properties[NAMES[kind][0]])),
                                        f"{label}: {logical}")
                        found += 1
                    elif kind in ("AWS::IAM::Role", "AWS::Lambda::Function"):
                        name = made_name(step["stackName"], logical, 64)
                        arn, action = (("arn:aws:iam::ACCOUNT:role/" + name, "iam:CreateRole") if kind.endswith("Role")
                                       else ("arn:aws:lambda:eu-west-1:ACCOUNT:function:" + name, "lambda:CreateFunction"))
                        self.assertTrue(templates.allows(grants, action, arn), f"{label}: {logical}")
                        found += 1
                    for arn in properties.get("ManagedPolicyArns", []) if kind == "AWS::IAM::Role" else []:
                        attach = [s for s in templates.statements(template, "StacksRole")
                                  if "iam:AttachRolePolicy" in s["Action"] and "Condition" in s]
                        patterns = [templates.text_of(v) for s in attach for t in s["Condition"].values()
                                    for v in templates.listed(t["iam:PolicyARN"])]
                        if isinstance(arn, str):
                            self.assertTrue(any(fnmatch.fnmatchcase(arn, p) for p in patterns), f"{label}: {arn}")
        self.assertGreater(found, 50)

    def test_roles_are_handed_to_services_only(self):
        for label, _, template, _ in self.each():
            for role in ("StacksRole", "DeployRole"):
                for statement in templates.statements(template, role):
                    if "iam:PassRole" in templates.listed(statement["Action"]):
                        self.assertTrue(statement["Condition"]["StringEquals"]["iam:PassedToService"], label)

    def test_what_is_protected_cannot_be_ended(self):
        checked = 0
        for label, out, template, steps in self.each():
            grants = templates.granted(template, "StacksRole")
            _, _, seen = self.needed(out, steps)
            for kind, action in GONE.items():
                if kind in seen and all("DeletionPolicy" in r for r in seen[kind]):
                    self.assertNotIn(action, grants, label)
                    checked += 1
        self.assertGreater(checked, 5)

    def test_regions_bound_the_rest(self):
        for label, _, template, _ in self.each():
            for statement in templates.statements(template, "StacksRole"):
                service = templates.listed(statement["Action"])[0].split(":")[0]
                if statement["Resource"] == "*" and service not in ("iam", "organizations", "route53", "account", "sts"):
                    self.assertIn("aws:RequestedRegion", json.dumps(statement.get("Condition", {})), f"{label}: {statement['Sid']}")

    def test_sizes(self):
        """IAM User Guide, quotas: managed policy 6,144 characters, ten of them on a role; inline 10,240 in all."""
        for label, _, template, _ in self.each():
            for role in ("StacksRole", "DeployRole"):
                managed = inline = 0
                for name, document in templates.documents(template, role).items():
                    size = len(re.sub(r"\s", "", templates.text_of({"Fn::Sub": json.dumps(document)}).replace("ACCOUNT", "0" * 12)))
                    if name in template["Resources"]:
                        managed += 1
                        self.assertLessEqual(size, 6144, f"{label}: {name}")
                    else:
                        inline += size
                    sids = [s["Sid"] for s in document["Statement"]]
                    self.assertEqual(len(sids), len(set(sids)), f"{label}: {name}")
                self.assertLessEqual(managed, 10, label)
                self.assertLessEqual(inline, 10240, label)

    def test_members_share_templates(self):
        rows = templates.accounts(self.outs["acme"])
        self.assertEqual(rows["web-prod"]["template"], rows["web-test"]["template"])
        self.assertTrue(rows["web-prod"]["template"].startswith("member-"))
        self.assertEqual(rows["network"]["template"], "network.json")

    def test_every_type_has_its_actions(self):
        source = (templates.ROOT / "compiler/graph/rtype_table.c").read_text("utf-8")
        types = {name.replace("_", "::") for name in re.findall(r"TYPE\(FACTS_(\w+), NATIVE", source)} - {"AWS::CloudFormation::CustomResource"}
        types |= set(re.findall(r'OWN\("([\w:]+)", GATE', source)) - {"had::Gate"}
        self.assertGreater(len(types), 80)
        self.assertEqual(types - {kind for kind, *_ in TABLE}, set())

    def test_without_custom_resources_no_functions(self):
        for label, _, template, _ in self.each():
            if label.startswith("plain/"):
                grants = templates.granted(template, "StacksRole")
                self.assertFalse([a for a in grants if a.startswith("lambda:")], label)

    def test_direct_execution_does_what_the_functions_did(self):
        out = self.outs["acme"]
        template = templates.load(out / "bootstrap/shared-services.json")
        grants = templates.granted(template, "DeployRole")
        for action in ("ds:CreateTrust", "ds:ShareDirectory", "ec2:RunInstances", "secretsmanager:GetSecretValue"):
            self.assertIn(action, grants)
        self.assertNotIn("lambda:CreateFunction", grants)
        # What is there and not ours is looked at, and nothing else.
        out = self.outs["brownfield"]
        roles = [templates.granted(templates.load(out / "bootstrap" / row["template"]), "DeployRole") for row in templates.accounts(out).values()]
        self.assertTrue(any("ec2:DescribeTransitGateways" in role for role in roles))
        self.assertFalse(any("ec2:CreateTransitGateway" in role for role in roles))
        self.assertNotIn("ds:CreateTrust", templates.granted(template, "StacksRole"))


if __name__ == "__main__":
    unittest.main()
