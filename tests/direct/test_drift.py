"""What drift finds beside objects that were changed: objects without a record, machines that are not as they should be."""

import json
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import direct_common as common  # noqa: E402

CONTROLLER = "forest corp/controller dc-aws-1"
WATCH = f"{CONTROLLER}:watch"
ROLE = "arn:aws:iam::666666666666:role/had-deploy"


class Drift(common.Foundation):
    def aws(self, service, operation, params, role=ROLE):
        return json.loads(self.had("aws", service, operation, "--role", role, "--params", json.dumps(params))[0])

    def network(self, cidr, tags):
        tags = [{"ResourceType": "vpc", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        return self.aws("ec2", "CreateVpc", {"CidrBlock": cidr, "TagSpecifications": tags})["Vpc"]["VpcId"]

    def networks(self):
        return {item["VpcId"] for item in self.aws("ec2", "DescribeVpcs", {})["Vpcs"]}

    def record(self, address):
        return json.loads(self.had("state", "show", address)[0])

    def test_objects_without_a_record(self):
        part = ("--target", "spoke erp.main:vpc")
        self.had("apply", "--yes", "-q", *part)
        vpc = self.record("spoke erp.main:vpc")["id"]
        own = {t["Key"]: t["Value"] for t in self.aws("ec2", "DescribeVpcs", {"VpcIds": [vpc]})["Vpcs"][0]["Tags"]}
        self.assertIn("No drift", self.had("drift", *part, "--orphans", "-q")[0])

        lost = self.network("10.99.0.0/24", {"had:deployment": own["had:deployment"], "had:token": "0" * 32, "had:address": "spoke lost:vpc"})
        others = self.network("10.98.0.0/24", {"had:deployment": "other:12345678", "had:token": "1" * 32})
        self.assertIn("No drift", self.had("drift", *part, "-q")[0])
        told = self.had("drift", *part, "--orphans", "-q", status=1)[0]
        self.assertIn(f"vpc/{lost} has this deployment's tag, and the state does not know it\n    made as spoke lost:vpc", told)
        self.assertNotIn(others, told)
        self.assertNotIn(vpc, told)
        arn, = [o["arn"] for o in json.loads(self.had("drift", *part, "--orphans", "-q", "--format", "json", status=1)[0])["orphans"]]

        # apply does not touch it; only what is named, and is nobody else's, is removed
        self.had("apply", "--yes", "-q", *part)
        for wrong in (arn.replace(lost, others), arn.replace(lost, vpc)):
            self.assertIn("no object of this deployment without a record", self.had("destroy", "--orphan", wrong, "--yes", "-q", status=2)[1])
        self.assertIn("say --yes", self.had("destroy", "--orphan", arn, "-q", status=2)[1])
        self.assertIn(lost, self.networks())
        out = self.had("destroy", "--orphan", arn, "--orphan", arn, "--yes", "-q")[0]  # said twice, removed once
        self.assertEqual(out.count(f"removed: {arn}"), 1)
        left = self.networks()
        self.assertNotIn(lost, left)
        self.assertLessEqual({vpc, others}, left)
        self.assertNotIn("orphan", self.had("state", "list")[0])
        self.assertIn("No drift", self.had("drift", *part, "--orphans", "-q")[0])

    def test_interrupted(self):
        """One Ctrl-C ends the plan's reading, and the sweep behind it, though AWS does not answer."""
        self.had("apply", "--yes", "-q", "--target", "spoke erp.main:vpc")
        for operation in ("DescribeVpcs", "GetResources"):
            self.control("faults", {"operation": operation, "what": "delay", "seconds": 30, "times": 1})
            seen = self.control("health")["calls"]
            process = subprocess.Popen([common.HAD, "drift", "--target", "spoke erp.main:vpc", "--orphans", "-q"], cwd=self.folder, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
            while not self.control(f"calls?after={seen}&operation={operation}"):
                self.assertIsNone(process.poll())
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, error = process.communicate(timeout=20)
            self.assertEqual((process.returncode, out), (130, ""), error)
            self.assertIn("had drift: interrupted", error)

    def test_machine_not_as_configured(self):
        part, gates = ("--target", CONTROLLER), []
        for _ in range(4):
            done = self.run_plain("apply", "--yes", "-q", *part, *[word for gate in gates for word in ("--confirm", gate)])
            if done.returncode != 3:
                break
            gates = common.GATE.findall(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])
        self.assertIn("No drift", self.had("drift", "-q", *part)[0])
        watch, machine = self.record(WATCH), self.record(f"{CONTROLLER}:instance")["id"]
        self.control("faults", {"service": "ssm", "operation": "StartAssociationsOnce", "what": "half"})
        self.aws("ssm", "StartAssociationsOnce", {"AssociationIds": [watch["id"]]}, watch["role"])
        self.control("clock", {"until": "quiet"})
        told = self.had("drift", "-q", *part, status=1)[0]
        self.assertIn(f"{CONTROLLER} ({machine}) is not as its configuration says\n    had-corp-dc-aws-1-domain-controller-drift\n", told)
        self.assertEqual([m["address"] for m in json.loads(self.had("drift", "-q", *part, "--format", "json", status=1)[0])["machines"]], [WATCH])
        sarif = json.loads(self.had("drift", "-q", *part, "--format", "sarif", status=1)[0])
        self.assertIn(machine, sarif["runs"][0]["results"][0]["message"]["text"])


if __name__ == "__main__":
    common.need_stand_in()
    unittest.main()
