"""A part of the example, through its life: made, changed by others, let go, taken over again, taken down."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

PART = "spoke erp.main"
VPC = "spoke erp.main:vpc"
ROLE = "arn:aws:iam::666666666666:role/had-deploy"


class Operate(common.Foundation):
    def aws(self, service, operation, params, role=ROLE):
        return json.loads(self.had("aws", service, operation, "--role", role, "--params", json.dumps(params))[0])

    def network(self, tags=()):
        """Somebody else's network with the range of ours."""
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": k, "Value": v} for k, v in tags]}] if tags else []
        return self.aws("ec2", "CreateVpc", {"CidrBlock": "10.32.32.0/20", "TagSpecifications": tags})["Vpc"]["VpcId"]

    def tags(self, vpc):
        found = self.aws("ec2", "DescribeVpcs", {"VpcIds": [vpc]})["Vpcs"][0].get("Tags", [])
        return {tag["Key"]: tag["Value"] for tag in found}

    def plan(self):
        return self.had("plan", "--target", PART)[0]

    def drift(self, *args, status=0):
        return self.had("drift", "--target", PART, *args, status=status)[0]

    def test_life_of_a_part(self):
        self.had("apply", "--yes", "--target", PART)
        self.assertIn("nothing to do", self.plan())
        self.assertIn("No drift", self.drift())
        vpc = self.had("output", f"{VPC}.VpcId")[0].strip()

        self.aws("ec2", "ModifyVpcAttribute", {"VpcId": vpc, "EnableDnsHostnames": {"Value": False}})
        self.assertIn("EnableDnsHostnames: applied true, now false", self.drift(status=1))
        self.drift("--detailed-exitcode", status=2)
        sarif = json.loads(self.drift("--format", "sarif", status=1))
        result = sarif["runs"][0]["results"][0]
        self.assertEqual(result["ruleId"], "HAD0781")
        self.assertIn("EnableDnsHostnames: applied true, now false", result["message"]["text"])
        place = result["locations"][0]["physicalLocation"]
        self.assertEqual(place["artifactLocation"]["uri"], "modules/workload.had")
        self.had("apply", "--yes", "--target", PART)
        self.assertIn("No drift", self.drift())

        # let go of, and taken over again
        self.had("state", "rm", VPC, "--yes")
        self.assertNotIn(VPC, self.had("state", "list")[0].split("\t"))
        stranger = self.network()
        other = self.network([("had:deployment", "other:12345678")])
        self.assertIn("belongs to deployment `other:12345678`", self.had("import", VPC, other, "--yes", status=1)[1])
        self.assertIn("there is no AWS::EC2::VPC `vpc-0`", self.had("import", VPC, "vpc-0", "--yes", status=1)[1])
        self.assertIn("the spec has no `spoke none:vpc`", self.had("import", "spoke none:vpc", vpc, "--yes", status=1)[1])
        self.assertIn("say --yes", self.had("import", VPC, vpc, status=2)[1])
        self.assertNotIn(VPC, self.had("state", "list")[0])
        self.assertIn("as the spec says", self.had("import", VPC, vpc, "--yes")[0])
        self.assertEqual(json.loads(self.had("state", "show", VPC)[0])["lifecycle"], "adopted")
        self.assertIn("nothing to do", self.plan())
        self.assertIn("already", self.had("import", VPC, vpc, "--yes", status=1)[1])

        # somebody else's, with differences: told, tagged, then mended
        self.had("state", "rm", VPC, "--yes")
        self.assertIn("EnableDnsHostnames: is false, the spec says true", self.had("import", VPC, stranger, "--yes")[0])
        self.assertEqual(self.tags(stranger)["had:address"], VPC)
        self.assertEqual(self.tags(other), {"had:deployment": "other:12345678"})
        self.had("state", "rm", VPC, "--yes")
        self.had("import", VPC, vpc, "--yes")

        self.had("destroy", "--yes", "--target", PART)
        left = {item["VpcId"] for item in self.aws("ec2", "DescribeVpcs", {})["Vpcs"]}
        self.assertNotIn(vpc, left)
        self.assertLessEqual({stranger, other}, left)


    def test_another_name(self):
        """What goes on under another name says so in its tag, and nothing else of it changes."""
        part, new = ("--target", "spoke web-test.main"), ("--target", "spoke web-test.net")
        self.had("apply", "--yes", *part)
        before = {(r["kind"], r["id"]): r["tags"] for r in self.control("objects") if "web-test" in r["tags"].get("had:address", "")}
        module, moved = self.folder / "modules/workload.had", self.folder / "moved.had"
        text = module.read_text()
        self.addCleanup(module.write_text, text)
        module.write_text(text.replace("  spoke main in", "  spoke net in"))
        used = self.folder / "workloads.had"
        users = used.read_text()
        self.addCleanup(used.write_text, users)
        used.write_text(users.replace("erp.main", "erp.net"))
        moved.write_text("had 1\n\nmoved spoke web-test.main to spoke web-test.net\n")
        self.addCleanup(moved.unlink)
        told = self.had("plan", *new)[0]
        self.assertIn("it goes on under this name, which its tag had:address gets; until now it was `spoke web-test.main:vpc`", told)
        self.assertIn("0 to create", told)
        last = max(c["n"] for c in self.control("calls"))
        self.had("apply", "--yes", *new)
        self.assertEqual({c["operation"] for c in self.control(f"calls?mutating=1&after={last}") if c["service"] != "sts"}, {"CreateTags"})
        self.assertIn("nothing to do", self.had("plan", *new)[0])
        after = {(r["kind"], r["id"]): r["tags"] for r in self.control("objects") if "web-test" in r["tags"].get("had:address", "")}
        named = lambda text: text.replace("web-test.main", "web-test.net").replace("web-test-main", "web-test-net")  # `Name` has it, too
        self.assertEqual(after, {key: {k: named(v) for k, v in tags.items()} for key, tags in before.items()})
        self.assertGreaterEqual(len(after), 3)
        self.assertIn("No drift", self.had("drift", "--orphans", *new)[0])

    def test_made_anew_while_in_use(self):
        """Options of DHCP cannot change: new ones are there before the network lets go of the old ones."""
        part, role = ("--target", "spoke shared:dhcp-association"), "arn:aws:iam::333333333333:role/had-deploy"
        spec = self.folder / "network.had"
        text = spec.read_text()
        self.addCleanup(spec.write_text, text)

        def servers(address):
            spec.write_text(text.replace("role    = shared-services\n", f"role    = shared-services\n  dhcp {{ ntp = [{address}] }}\n"))

        def options():
            return {o["DhcpOptionsId"] for o in self.aws("ec2", "DescribeDhcpOptions", {}, role)["DhcpOptions"]}

        before = options()
        servers("10.17.0.10")
        self.had("apply", "--yes", *part)
        old, = options() - before
        servers("10.17.0.11")
        plan = json.loads(self.had("plan", "--format", "json", *part)[0])
        numbers = {(s["address"], s["action"]): s["step"] for s in plan["steps"]}
        made, change, removed = (numbers[key] for key in (("spoke shared:dhcp", "replace"), ("spoke shared:dhcp-association", "update"), ("spoke shared:dhcp", "delete")))
        self.assertTrue(made < change < removed)
        self.assertIn("the new one is there before the old one goes", self.had("plan", *part)[0])
        self.had("apply", "--yes", *part)
        new, = options() - before
        self.assertNotEqual(new, old)
        self.assertIn("nothing to do", self.had("plan", *part)[0])
        self.assertNotIn("~", self.had("state", "list")[0])


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main(argv=sys.argv[:1], verbosity=2)
