"""`had aws` against a server on this machine that answers what the test says: test_aws.py HAD"""
import http.server
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

HAD = sys.argv[1]
SECRET = "wJalrXUtnFEMIexampleSECRET"
SESSION = ("<R><AssumeRoleResult><Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
           "<SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></R>")
CUT = object()  # the connection ends without an answer


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.path, dict(self.headers), body.decode()))
        status, headers, text = self.server.answers.pop(0) if self.server.answers else (500, {}, "nothing more")
        if text is CUT:
            self.close_connection = True
            return
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_DELETE = do_HEAD = do_POST

    def log_message(self, *_):
        pass


class Aws(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="had-aws-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.seen, self.server.answers = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.env = {
            "HOME": str(self.folder), "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": "session-TOKEN", "AWS_REGION": "eu-west-1", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_address[1]}",
        }

    def answer(self, text, status=200, **headers):
        self.server.answers.append((status, {k.replace("_", "-"): v for k, v in headers.items()}, text))

    def had(self, *args, status=0, stdin=None, **env):
        done = subprocess.run([HAD, "aws", *map(str, args)], cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=60,
                              env={k: v for k, v in {**self.env, **env}.items() if v is not None})
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        for secret in (SECRET, "session-TOKEN", "role-token"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return done.stdout, done.stderr

    # ---- names ----

    def test_services_and_operations_are_listed(self):
        services = self.had()[0].split()
        self.assertIn("sso-admin", services)
        self.assertEqual(services, sorted(services))
        operations = self.had("ds")[0].split()
        self.assertIn("CreateHybridAD", operations)
        self.assertIn("did you mean `DescribeTrusts`?", self.had("ds", "DescribeTrust", status=2)[1])
        self.assertIn("there is no service `nothing-like-it`", self.had("nothing-like-it", "X", status=2)[1])
        self.had("ds", "DescribeTrusts", "more", status=2)
        self.assertEqual(self.server.seen, [])

    # ---- calls ----

    def test_a_call_is_signed_and_its_answer_printed(self):
        self.answer('{"Trusts": [{"TrustId": "t-1", "RemoteDomainName": "corp\\u001b[2J.example.com\\u009b"}]}')
        out, _ = self.had("ds", "DescribeTrusts", "--params", '{"DirectoryId": "d-1234567890"}')
        self.assertEqual(json.loads(out), {"Trusts": [{"TrustId": "t-1", "RemoteDomainName": "corp\x1b[2J.example.com\x9b"}]})
        self.assertNotRegex(out, "[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # nothing that drives a terminal
        path, headers, body = self.server.seen[0]
        self.assertEqual((path, json.loads(body)), ("/", {"DirectoryId": "d-1234567890"}))
        self.assertEqual(headers["X-Amz-Target"], "DirectoryService_20150416.DescribeTrusts")
        self.assertRegex(headers["Authorization"], r"^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/ds/aws4_request, ")
        self.assertEqual(headers["X-Amz-Security-Token"], "session-TOKEN")
        self.assertRegex(headers["User-Agent"], r"^had/\d+\.\d+\.\d+$")

    def test_params_come_from_a_file_or_standard_input(self):
        (self.folder / "vpc.json").write_text('{"CidrBlock": "10.0.0.0/16"}')
        for how, stdin in (("@vpc.json", None), ("-", '{"CidrBlock": "10.0.0.0/16"}')):
            self.answer("<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>")
            out, _ = self.had("ec2", "CreateVpc", "--params", how, stdin=stdin)
            self.assertEqual(json.loads(out), {"Vpc": {"VpcId": "vpc-1"}})
        self.assertEqual(self.server.seen[0][2], "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16")
        self.assertEqual(self.server.seen[0][2], self.server.seen[1][2])

    def test_wrong_params_are_not_sent(self):
        for params, message in (('{"CidrBlok": "x"}', "CidrBlok"), ("[]", "no JSON object"), ('{"a":1,"a":2}', "no JSON"), ("@missing", "no JSON"),
                                ('{"CidrBlock": 5}', "CidrBlock"), ("{", "line 1")):
            self.assertIn(message, self.had("ec2", "CreateVpc", "--params", params, status=2)[1])
        self.assertIn("`VpcId` is required", self.had("ec2", "CreateSubnet", status=2)[1])
        self.assertEqual(self.server.seen, [])

    def test_pages(self):
        pages = ['{"ResolverRules": [{"Id": "a"}], "NextToken": "1"}', '{"ResolverRules": [{"Id": "b"}], "NextToken": "2"}', '{"ResolverRules": []}']
        for page in pages:
            self.answer(page)
        out, _ = self.had("route53resolver", "ListResolverRules")
        self.assertEqual(json.loads(out), {"ResolverRules": [{"Id": "a"}, {"Id": "b"}]})
        self.assertEqual([json.loads(b).get("NextToken") for _, _, b in self.server.seen], [None, "1", "2"])
        self.answer(pages[0])
        out, _ = self.had("route53resolver", "ListResolverRules", "--no-paginate")
        self.assertEqual(json.loads(out), json.loads(pages[0]))
        self.assertEqual(len(self.server.seen), 4)

    def test_whom_and_where_to_call(self):
        (self.folder / ".aws").mkdir()
        (self.folder / ".aws/config").write_text(
            "[profile hub]\nregion = eu-central-1\naws_access_key_id = HUBKEY\naws_secret_access_key = s\n")
        self.answer("{}")
        self.had("ds", "DescribeDirectories", "--profile", "hub", AWS_REGION=None)
        self.assertIn("Credential=HUBKEY/", self.server.seen[0][1]["Authorization"])
        self.assertIn("/eu-central-1/ds/", self.server.seen[0][1]["Authorization"])
        self.answer(SESSION)
        self.answer("{}")
        self.had("ds", "DescribeDirectories", "--region", "eu-north-1", "--role", "arn:aws:iam::111122223333:role/had")
        self.assertIn("Action=AssumeRole&", self.server.seen[1][2])
        self.assertIn("Credential=ROLEKEY/", self.server.seen[2][1]["Authorization"])
        self.assertIn("/eu-north-1/ds/", self.server.seen[2][1]["Authorization"])
        self.assertEqual(self.server.seen[2][1]["X-Amz-Security-Token"], "role-token")
        self.assertIn("there is no profile `none`", self.had("ds", "DescribeDirectories", "--profile", "none", status=1)[1])
        self.assertIn("is no ARN", self.had("ds", "DescribeDirectories", "--role", "had", status=1)[1])
        self.assertIn("`a b` is no Region", self.had("ds", "DescribeDirectories", "--region", "a b", status=2)[1])
        self.assertIn("no Region is set", self.had("ds", "DescribeDirectories", AWS_REGION=None, status=1)[1])
        self.assertEqual(len(self.server.seen), 3)

    # ---- the signed request, not sent ----

    def test_dry_run(self):
        params = json.dumps({"DirectoryId": "d-1", "RemoteDomainName": "corp.example.com", "TrustPassword": "hunter2-SECRET", "TrustDirection": "Two-Way"})
        out, _ = self.had("ds", "CreateTrust", "--params", params, "--dry-run")
        self.assertRegex(out, r"\APOST http://127\.0\.0\.1:\d+/\n")
        self.assertIn("\nX-Amz-Target: DirectoryService_20150416.CreateTrust\n", out)
        self.assertRegex(out, r"(?i)\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/.*SignedHeaders=.*Signature=REDACTED\n")
        self.assertRegex(out, r"(?i)\nx-amz-security-token: REDACTED\n")
        self.assertNotIn("hunter2", out)
        self.assertEqual(json.loads(out.split("\n\n", 1)[1])["TrustPassword"], "(redacted)")
        self.had("ds", "DescribeDirectories", "--role", "arn:aws:iam::111122223333:role/had", "--dry-run")
        self.assertEqual(self.server.seen, [])

    # ---- what goes wrong ----

    def test_errors_of_services(self):
        self.answer('{"__type": "com.amazonaws#EntityDoesNotExistException", "Message": "no directory\\u001b[31m"}', 400, x_amzn_RequestId="req-1")
        out, said = self.had("ds", "DescribeTrusts", status=1)
        self.assertEqual(out, "")
        self.assertEqual(said, "had aws: ds DescribeTrusts failed: EntityDoesNotExistException: no directory [31m (HTTP 400, request req-1)\n")
        self.answer("<Response><Errors><Error><Code>VpcLimitExceeded</Code><Message>too many</Message></Error></Errors><RequestID>r-2</RequestID></Response>", 400)
        said = self.had("ec2", "CreateVpc", "--params", '{"CidrBlock": "10.0.0.0/16"}', status=1)[1]
        self.assertIn("failed: VpcLimitExceeded: too many (HTTP 400, request r-2)", said)
        self.answer("<html><body>Proxy denies</body></html>", 407)
        self.assertIn("perhaps a proxy's (HTTP 407)", self.had("ds", "DescribeTrusts", status=1)[1])
        self.assertEqual(len(self.server.seen), 3)

    def test_what_passes_is_tried_again(self):
        self.answer('{"__type": "ThrottlingException"}', 400)
        self.answer("", 503)
        self.answer('{"Trusts": []}')
        self.had("ds", "DescribeTrusts")
        self.assertEqual([h["amz-sdk-request"] for _, h, _ in self.server.seen], [f"attempt={i}; max=3" for i in (1, 2, 3)])
        self.assertEqual(len({h["amz-sdk-invocation-id"] for _, h, _ in self.server.seen}), 1)

    def test_a_create_whose_answer_is_lost_is_told_and_not_repeated(self):
        for text in (CUT, "<html>bad gateway</html>", b"<CreateVpcResponse><vpc>"):
            with self.subTest(text):
                self.server.seen.clear()
                self.answer(text, 502 if text is not CUT and "html" in str(text) else 200)
                _, said = self.had("ec2", "CreateVpc", "--params", '{"CidrBlock": "10.0.0.0/16"}', status=1)
                self.assertIn("had aws: ec2 CreateVpc may or may not have had its effect: ", said)
                self.assertIn("look what there is before you call it again", said)
                self.assertEqual(len(self.server.seen), 1)

    def test_nobody_there(self):
        _, said = self.had("ds", "DescribeTrusts", AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1", status=1)
        self.assertIn("failed: 127.0.0.1:1: ", said)
        _, said = self.had("ds", "DescribeTrusts", AWS_ACCESS_KEY_ID=None, status=1)
        self.assertIn("no credentials: neither the environment, nor AWS's files", said)

    # ---- a person at the terminal ----

    def at_terminal(self, answer, *args):
        (self.folder / ".aws").mkdir(exist_ok=True)
        (self.folder / ".aws/config").write_text(
            "[profile mfa]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Environment\n"
            "mfa_serial = arn:aws:iam::111122223333:mfa/jane\n")
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(HAD, [HAD, "aws", "ds", "DescribeTrusts", "--profile", "mfa", *args], self.env)
        text = b""
        while True:
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            if not piece:
                break
            text += piece
            if answer and b"jane: " in text:
                os.write(fd, answer)
                answer = b""
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text.decode()

    def test_mfa_code(self):
        self.answer(SESSION)
        self.answer('{"Trusts": []}')
        status, text = self.at_terminal(b"123 456\n")
        self.assertEqual(status, 0, text)
        self.assertIn("MFA code of arn:aws:iam::111122223333:mfa/jane: ", text)
        self.assertIn("TokenCode=123456", self.server.seen[0][2])
        self.assertIn("SerialNumber=arn%3Aaws%3Aiam%3A%3A111122223333%3Amfa%2Fjane", self.server.seen[0][2])
        for answer, args in ((b"no code\n", ()), (b"", ("--no-input",))):
            status, text = self.at_terminal(answer, *args)
            self.assertEqual(status, 1, text)
            self.assertRegex(re.sub(r"\s+", " ", text), "no code of the MFA device was given")
        self.assertEqual(len(self.server.seen), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=1)
