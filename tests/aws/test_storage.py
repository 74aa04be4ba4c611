"""What moto answers behind the stand-in: each operation of S3 and DynamoDB that the client knows."""

import json

from operations import known_to_client

from common import REGION, SHARED, WEB, Case, main

BUCKET = "had-artifacts"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Sid": "EncryptedTransportOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})  # fmt: skip
BLOCK = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
LIFECYCLE = {"Rules": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 90}}]}
TOPIC = f"arn:aws:sns:{REGION}:{SHARED}:monitoring"
# In this order: operation, parameters beside the bucket, members that the answer must have.
CALLS = [
    ("create_bucket", {"CreateBucketConfiguration": {"LocationConstraint": REGION}, "ObjectLockEnabledForBucket": True}, []),
    ("head_bucket", {}, []),
    ("list_buckets", None, ["Buckets"]),
    ("get_bucket_location", {}, ["LocationConstraint"]),
    ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}, []),
    ("get_bucket_versioning", {}, ["Status"]),
    ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": ENCRYPTION}, []),
    ("get_bucket_encryption", {}, ["ServerSideEncryptionConfiguration"]),
    ("put_public_access_block", {"PublicAccessBlockConfiguration": BLOCK}, []),
    ("get_public_access_block", {}, ["PublicAccessBlockConfiguration"]),
    ("put_bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}, []),
    ("get_bucket_ownership_controls", {}, ["OwnershipControls"]),
    ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": LIFECYCLE}, []),
    ("get_bucket_lifecycle_configuration", {}, ["Rules"]),
    ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "had:id", "Value": "a"}]}}, []),
    ("get_bucket_tagging", {}, ["TagSet"]),
    ("put_bucket_policy", {"Policy": POLICY}, []),
    ("get_bucket_policy", {}, ["Policy"]),
    ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}, []),
    ("get_bucket_notification_configuration", {}, []),
    ("put_object_lock_configuration", {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}}, []),
    ("get_object_lock_configuration", {}, ["ObjectLockConfiguration"]),
    ("put_object", {"Key": "a/b c.mof", "Body": b"text"}, ["ETag"]),
    ("head_object", {"Key": "a/b c.mof"}, ["ContentLength"]),
    ("get_object", {"Key": "a/b c.mof"}, ["Body"]),
    ("list_objects_v2", {"Prefix": "a/"}, ["Contents"]),
    ("list_object_versions", {}, ["Versions"]),
    ("delete_object", {"Key": "a/b c.mof"}, []),
    ("delete_objects", {"Delete": {"Objects": [{"Key": "x"}, {"Key": "y"}]}}, []),
    ("delete_bucket_policy", {}, []),
    ("delete_bucket_tagging", {}, []),
    ("delete_bucket_lifecycle", {}, []),
    ("delete_bucket_encryption", {}, []),
    ("delete_public_access_block", {}, []),
    ("delete_bucket_ownership_controls", {}, []),
]


class Storage(Case):
    def test_every_operation_of_s3(self):
        from botocore import xform_name

        s3 = self.client("s3", SHARED)
        for name, parameters, members in CALLS:
            with self.subTest(name):
                answer = getattr(s3, name)(**({} if parameters is None else {"Bucket": BUCKET, **parameters}))
                for member in members:
                    self.assertIn(member, answer)
        called = {name for name, _, _ in CALLS} | {"delete_bucket"}
        self.assertEqual({xform_name(o) for o in known_to_client()["s3"]} - called, set())

    def test_buckets_are_emptied_first(self):
        s3 = self.client("s3", SHARED)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket=BUCKET, Key="a", Body=b"x")
        self.fails("BucketNotEmpty", s3.delete_bucket, Bucket=BUCKET)
        s3.delete_object(Bucket=BUCKET, Key="a")
        s3.delete_bucket(Bucket=BUCKET)
        self.fails("404", s3.head_bucket, Bucket=BUCKET)

    def test_names_of_buckets_are_everybodys(self):
        self.client("s3", SHARED).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.fails("BucketAlreadyExists", self.client("s3", WEB).create_bucket, Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def test_buckets_are_their_owners(self):
        own, other = self.client("s3", SHARED), self.client("s3", WEB)
        place = {"Bucket": BUCKET, "CreateBucketConfiguration": {"LocationConstraint": REGION}}
        own.create_bucket(**place)
        own.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
        self.fails("403", other.head_bucket, Bucket=BUCKET)
        self.fails("AccessDenied", other.put_bucket_policy, Bucket=BUCKET, Policy=POLICY)
        self.fails("AccessDenied", other.delete_bucket, Bucket=BUCKET)
        # the next of the name has no tags of the one before
        own.delete_bucket(Bucket=BUCKET)
        own.create_bucket(**place)
        self.fails("NoSuchTagSet", own.get_bucket_tagging, Bucket=BUCKET)

    def test_lock_of_another_tool(self):
        """The table that older state back ends lock with: conditional puts."""
        table = self.client("dynamodb", SHARED)
        table.create_table(TableName="lock", KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                           AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}])  # fmt: skip
        self.assertEqual(table.describe_table(TableName="lock")["Table"]["TableStatus"], "ACTIVE")
        given = {"TableName": "lock", "Item": {"LockID": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(LockID)"}
        table.put_item(**given)
        self.fails("ConditionalCheckFailedException", table.put_item, **given)
        self.assertIn("Item", table.get_item(TableName="lock", Key={"LockID": {"S": "a"}}))
        table.delete_item(TableName="lock", Key={"LockID": {"S": "a"}})


if __name__ == "__main__":
    main()
