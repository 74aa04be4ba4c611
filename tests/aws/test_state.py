"""The command: starts on loopback, keeps its state in a file, seeds from a spec."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from common import HERE, NETWORK, REGION, ROOT, SEED, _session, main
from stand_in import seeds


class Command(unittest.TestCase):
    def start(self, *arguments):
        done = subprocess.Popen([str(HERE / "standin"), "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
        self.addCleanup(done.stdout.close)
        self.addCleanup(lambda: done.poll() is None and done.kill())
        lines = [done.stdout.readline().strip() for _ in range(3)]
        return done, dict(line.split("=", 1) for line in lines)

    def client(self, settings, service, account=NETWORK):
        return _session.create_client(service, region_name=REGION, endpoint_url=settings["AWS_ENDPOINT_URL"], aws_access_key_id=f"AKIA{account}",
                                      aws_secret_access_key=seeds.SECRET)  # fmt: skip

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)

    def test_state_outlives_the_process(self):
        with tempfile.TemporaryDirectory() as folder:
            seed, state = pathlib.Path(folder, "seed.json"), pathlib.Path(folder, "state.json")
            seed.write_text(json.dumps(SEED))
            arguments = ("--seed", str(seed), "--state", str(state), "--speed", "0")
            process, settings = self.start(*arguments)
            self.client(settings, "ec2").create_vpc(CidrBlock="10.0.0.0/16")
            key = self.client(settings, "kms").create_key()["KeyMetadata"]["KeyId"]
            s3 = self.client(settings, "s3")
            s3.create_bucket(Bucket="had-state", CreateBucketConfiguration={"LocationConstraint": REGION})
            s3.put_object(Bucket="had-state", Key="a", Body=b"kept")
            self.stop(process)
            process, settings = self.start(*arguments)
            found = self.client(settings, "ec2").describe_vpcs()["Vpcs"]
            self.assertEqual([(v["CidrBlock"], v["State"]) for v in found], [("10.0.0.0/16", "pending")])
            self.assertEqual(self.client(settings, "kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"], "Enabled")
            self.assertEqual(self.client(settings, "s3").get_object(Bucket="had-state", Key="a")["Body"].read(), b"kept")
            self.stop(process)

    def test_loopback_only(self):
        done = subprocess.run([str(HERE / "standin"), "--host", "0.0.0.0"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)

    @unittest.skipUnless(os.environ.get("HAD"), "HAD names the compiler")
    def test_seed_from_a_spec(self):
        process, settings = self.start("--spec", str(ROOT / "examples" / "acme"), "--had", os.environ["HAD"])
        self.assertEqual(settings["AWS_ACCESS_KEY_ID"], "AKIA111111111111")
        accounts = self.client(settings, "organizations", "111111111111").list_accounts()["Accounts"]
        self.assertEqual(len(accounts), 6)
        role = self.client(settings, "sts", "111111111111").assume_role(RoleArn="arn:aws:iam::666666666666:role/had-deploy", RoleSessionName="had")
        self.assertTrue(role["Credentials"]["SessionToken"])
        self.assertEqual(len(self.client(settings, "directconnect", "222222222222").describe_connections()["connections"]), 2)
        self.client(settings, "secretsmanager", "333333333333").get_secret_value(SecretId="ad/aws/admin")
        self.stop(process)

    @unittest.skipUnless(os.environ.get("HAD"), "HAD names the compiler")
    def test_existing_objects_of_a_spec(self):
        process, settings = self.start("--spec", str(ROOT / "examples" / "brownfield"), "--had", os.environ["HAD"])
        management = settings["AWS_ACCESS_KEY_ID"].removeprefix("AKIA")
        names = {a["Name"]: a["Id"] for a in self.client(settings, "organizations", management).list_accounts()["Accounts"]}
        ec2 = _session.create_client("ec2", region_name="eu-north-1", endpoint_url=settings["AWS_ENDPOINT_URL"], aws_access_key_id="AKIA" + names["transit"],
                                     aws_secret_access_key=seeds.SECRET)  # fmt: skip
        self.assertEqual(ec2.describe_transit_gateways()["TransitGateways"][0]["TransitGatewayId"], "tgw-0aa11bb22cc33dd44")
        found = ec2.describe_transit_gateway_attachments(TransitGatewayAttachmentIds=["tgw-attach-0aa11bb22cc33dd20"])["TransitGatewayAttachments"][0]
        self.assertEqual((found["ResourceOwnerId"], found["State"]), (names["directory"], "available"))
        self.stop(process)


if __name__ == "__main__":
    main()
