"""Layers between stacks and direct execution: what stacks made becomes the deployment's, nothing of it changed but its tags; nobody's objects, never two
owners'.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import unittest
import urllib.request

import boto3

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

TAGGING = {"CreateTags", "TagResource", "AddTagsToResource", "TagRole", "TagPolicy", "TagInstanceProfile", "AddTagsToCertificate", "TagUser",
           "PutBucketTagging", "ChangeTagsForResource", "TagLogGroup", "TagResources", "PutParameter"}  # fmt: skip
UNTAGGING = {"DeleteTags", "UntagResource", "RemoveTagsFromResource", "UntagRole"}
STACKS = {"CreateChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "UpdateTerminationProtection", "DeleteStack"}
OURS = ("had:deployment", "had:address", "had:token")

NAT = """\
  subnet out in zone a {
    cidr = 10.16.0.32/28
    use  = public
    route 0.0.0.0/0 to internet
    nat way-out {}
  }
"""


def without_ours(value):
    """The stand-in's world without our tags."""
    if isinstance(value, dict):
        return {k: without_ours(v) for k, v in value.items() if k not in OURS}
    if isinstance(value, list):
        return [without_ours(v) for v in value if not (isinstance(v, dict) and (v.get("Key") or v.get("key") or v.get("TagKey")) in OURS)]
    return value


class Stacks(common.Foundation):
    """A foundation that stands as stacks have made it: applied, then given to stacks, and our state and tags forgotten."""

    def setUp(self):
        self.sessions, self.buckets = {}, set()

    def client(self, account, region, service="cloudformation"):
        if account not in self.sessions:
            sts = boto3.client("sts", region_name=region, endpoint_url=self.env["AWS_ENDPOINT_URL"], aws_access_key_id=self.env["AWS_ACCESS_KEY_ID"],
                               aws_secret_access_key=self.env["AWS_SECRET_ACCESS_KEY"])  # fmt: skip
            keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/had-deploy", RoleSessionName="test")["Credentials"]
            self.sessions[account] = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return self.sessions[account].client(service, region_name=region, endpoint_url=self.env["AWS_ENDPOINT_URL"])

    def applied(self):
        gates = []
        for _ in range(8):
            gates = common.GATE.findall(self.had("apply", "--yes", "-q", *[a for g in gates for a in ("--confirm", g)], status=None)[0])
            if not gates:
                break
        self.assertIn("nothing to do", self.had("plan", "-q", "--detailed-exitcode")[0])

    def as_stacks(self):
        """How many objects are in how many stacks."""
        self.applied()
        records = json.loads(self.had("state", "show")[0])["records"]
        # a stack calls an address by what it is, not by its id
        ids = {r["address"]: r["attributes"]["PublicIp"] if r["type"] == "AWS::EC2::EIP" else r.get("id", "-") for r in records}
        self.had("build", "-q", "--json", "-o", "out")
        made = []
        for step in json.loads((self.folder / "out/manifest.json").read_text())["steps"]:
            if step["kind"] == "stack" and "changes" not in step:
                made.append(self.imported(step, ids))
        self.control("clock", {"until": "quiet"})
        self.put_state(without_ours(self.control("state")))
        shutil.rmtree(self.folder / ".had")
        return sum(made), len(made)

    def put_state(self, world):
        request = urllib.request.Request(f"{self.env['AWS_ENDPOINT_URL']}/_standin/state", json.dumps(world).encode(), method="PUT")
        urllib.request.urlopen(request).close()

    def uploaded(self, step, body):
        """Its URL: one bucket for each account."""
        account, bucket = step["account"]["id"], f"templates-{step['account']['id']}"
        s3 = self.client(account, step["region"], "s3")
        if bucket not in self.buckets:
            self.buckets.add(bucket)
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": step["region"]})
        s3.put_object(Bucket=bucket, Key=step["stackName"], Body=body)
        return f"https://{bucket}.s3.{step['region']}.amazonaws.com/{step['stackName']}"

    def imported(self, step, ids):
        template = json.loads((self.folder / "out" / step["template"]).read_text())
        template["Resources"] = {n: {"DeletionPolicy": "Delete", **b} for n, b in template["Resources"].items() if n in step["resources"]}
        template.pop("Outputs", None)
        client = self.client(step["account"]["id"], step["region"])
        wanted = [{"LogicalResourceId": n, "ResourceType": b["Type"], "ResourceIdentifier": {"Id": ids[step["resources"][n]]}}
                  for n, b in template["Resources"].items()]  # fmt: skip
        client.create_change_set(StackName=step["stackName"], ChangeSetName="import", ChangeSetType="IMPORT", ResourcesToImport=wanted,
                                 TemplateURL=self.uploaded(step, json.dumps(template, separators=(",", ":"))))  # fmt: skip
        client.execute_change_set(StackName=step["stackName"], ChangeSetName="import")
        if step["terminationProtection"]:
            client.update_termination_protection(StackName=step["stackName"], EnableTerminationProtection=True)
        return len(wanted)

    def mutating(self, after):
        return [c for c in self.control(f"calls?mutating=1&after={after}") if c["service"] != "sts"]

    def last(self):
        return max(c["n"] for c in self.control("calls"))

    def objects(self):
        return {(r["account"], r["region"], r["kind"], r["id"]): {k: v for k, v in r["tags"].items() if not k.startswith(("had:", "aws:"))}
                for r in self.control("objects") if not r["kind"].startswith(("cloudformation.", "stand-in."))}  # fmt: skip


class VpnOnly(Stacks):
    example = "vpn-only"

    def refused(self, *args, says):
        at = self.last()
        out, err = self.had(*args, status=1)
        self.assertIn(says, out + err)
        self.assertEqual(self.mutating(at), [])

    def only_gates(self):
        """The plan makes, changes and removes nothing: what people have to do is asked once by each state."""
        steps = json.loads(self.had("plan", "-q", "--format", "json")[0])["steps"]
        self.assertLessEqual({s["action"] for s in steps}, {"keep", "verify", "nothing", "gate"})

    def vpc(self):
        return next(r for r in self.control("objects?kind=ec2.vpc") if r["tags"].get("aws:cloudformation:stack-name") == "had-tidewater-network")

    def behind(self, row, path, value):
        self.control("drift", {k: row[k] for k in ("account", "region", "kind", "id")} | {"set": {path: value}})

    def test_layers(self):
        network = self.folder / "network.had"
        inside = "  subnet b in zone b { cidr = 10.16.0.16/28 }\n"
        text = network.read_text()
        self.assertIn(inside, text)
        network.write_text(text.replace(inside, inside + NAT))
        objects, stacks = self.as_stacks()
        before = self.objects()
        # nothing is made beside a stack that made it
        self.refused("plan", "-q", says="stack `had-tidewater-network` makes layer `network` there: `had apply --engine network=direct` takes it")
        self.refused("apply", "-q", "--yes", says="steps are refused")
        # a plan changes nothing and says how many
        at = self.last()
        out = self.had("plan", "-q", "--engine", "all=direct")[0]
        taken = int(re.search(r"(\d+) objects become this deployment's", out)[1])
        self.assertGreater(taken, objects - 20)  # look-ups stand in stacks, too, and are no objects
        self.assertIn("account office, eu-west-1: stack had-tidewater-network,", out)
        self.assertEqual(self.mutating(at), [])
        # what differs, and what is another's, is not taken
        vpc = self.vpc()
        tags = next(o for o in [self.control("drift", {k: vpc[k] for k in ("account", "region", "kind", "id")})])["Tags"]
        self.behind(vpc, "Tags", [*tags, {"Key": "had:deployment", "Value": "other:12345678"}])
        self.refused("apply", "-q", "--yes", "--engine", "all=direct", says="it belongs to deployment `other:12345678`")
        self.behind(vpc, "Tags", [t for t in tags if t["Key"] != "owner"])
        self.refused("apply", "-q", "--yes", "--engine", "all=direct", says="Nothing was done")
        self.behind(vpc, "Tags", tags)
        # watched
        at = self.last()
        self.assertIn("Noted.", self.had("apply", "-q", "--yes", "--engine", "all=cloudformation")[0])
        self.assertEqual(self.mutating(at), [])
        self.only_gates()
        self.assertIn("No drift", self.had("drift", "-q")[0])
        self.behind(vpc, "Tags", [t for t in tags if t["Key"] != "owner"])
        self.assertIn("was changed", self.had("drift", "-q", status=1)[0])
        self.refused("apply", "-q", "--yes", says="steps are refused")
        self.behind(vpc, "Tags", tags)
        # taken over: nothing changes but tags
        at = self.last()
        out = self.had("apply", "-q", "--yes", "--engine", "all=direct")[0]
        self.assertIn(f"Read again: all {taken} are as the spec says; the plan is empty there.", out)
        calls = {c["operation"] for c in self.mutating(at)}
        self.assertLessEqual(calls, TAGGING | STACKS)
        self.assertEqual(self.objects(), before)
        self.only_gates()
        rows = self.control("objects")
        self.assertFalse([r for r in rows if any(k.startswith("aws:") for k in r["tags"])])
        self.assertTrue([r for r in rows if "had:token" in r["tags"]])
        self.assertEqual({r["lifecycle"] for r in json.loads(self.had("state", "show")[0])["records"] if r["type"] == "AWS::EC2::VPC"}, {"adopted"})
        # a stack's tag that stays behind on what it let go of is no owner; that of another stack is
        left = [t for t in tags if t["Key"] != "owner"]
        self.behind(vpc, "Tags", left)
        self.assertIn("~ spoke", self.had("plan", "-q")[0])
        self.behind(vpc, "Tags", [{**t, "Value": f"{t['Value']}-2"} if t["Key"] == "aws:cloudformation:stack-id" else t for t in left])
        self.refused("apply", "-q", "--yes", says="it belongs to stack `arn:aws:cloudformation")
        self.behind(vpc, "Tags", [*left, {"Key": "had:deployment", "Value": "other:12345678"}])
        self.refused("apply", "-q", "--yes", says="it belongs to deployment `other:12345678`")
        self.behind(vpc, "Tags", tags)
        self.only_gates()
        # and back: stacks import it, and the deployment only reads it
        at = self.last()
        out = self.had("plan", "-q", "--engine", "all=cloudformation")[0]
        self.assertIn(f"2. {taken} objects are let go of", out)
        self.assertEqual(self.mutating(at), [])
        # an import that AWS refuses ends it before anything is let go of
        self.control("faults", {"operation": "CreateChangeSet", "what": "error", "code": "ValidationError", "status": 400, "times": 1})
        self.assertIn("Nothing was done.", self.had("apply", "-q", "--yes", "--engine", "all=cloudformation", status=1)[0])
        self.assertEqual({r["lifecycle"] for r in json.loads(self.had("state", "show")[0])["records"] if r["type"] == "AWS::EC2::VPC"}, {"adopted"})
        out = self.had("apply", "-q", "--yes", "--engine", "all=cloudformation")[0]
        self.assertIn(f"Read again: all {taken} are as the spec says; the plan is empty there.", out)
        calls |= {c["operation"] for c in self.mutating(at)}
        self.assertLessEqual(calls, TAGGING | STACKS | UNTAGGING)
        self.assertEqual(self.objects(), before)
        self.only_gates()
        rows = self.control("objects")
        self.assertFalse([r for r in rows if "had:token" in r["tags"]])
        self.assertTrue([r for r in rows if r["kind"] == "ec2.vpc" and "aws:cloudformation:stack-name" in r["tags"]])
        print(f"{taken} objects of {stacks} stacks taken over, and given back; calls: {sorted(calls)}")


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main(verbosity=2)
