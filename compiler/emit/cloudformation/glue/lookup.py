class AttachmentLookup(Type):
    def find(self):
        p = self.p
        names = {"transit-gateway-id": p["TransitGatewayId"], "resource-type": p["ResourceType"],
                 "resource-id": p["ResourceId"], "state": "available"}
        at = pick(each("ec2", "describe_transit_gateway_attachments", "TransitGatewayAttachments",
                       Filters=[{"Name": k, "Values": [v]} for k, v in names.items()]))
        return at and self.found(at["TransitGatewayAttachmentId"],
                                 TransitGatewayAttachmentId=at["TransitGatewayAttachmentId"])


class PrincipalLookup(Type):
    def find(self):
        kind, path = (("group", "displayName") if self.p["PrincipalType"] == "GROUP" else ("user", "userName"))
        try:
            at = getattr(client("identitystore"), f"get_{kind}_id")(
                IdentityStoreId=self.p["IdentityStoreId"], AlternateIdentifier={
                    "UniqueAttribute": {"AttributePath": path, "AttributeValue": self.p["Name"]}})
        except client("identitystore").exceptions.ResourceNotFoundException:
            raise RuntimeError(f"{self.p['Name']} is not in the identity store: is it in the sync scope?")
        at = at[kind.capitalize() + "Id"]
        return self.found(at, PrincipalId=at)


class ImageLookup(Type):
    def find(self):
        at = client("ssm").get_parameter(Name=self.p["Parameter"])["Parameter"]["Value"]
        return self.found(at, ImageId=at)


class DirectorySecurityGroupLookup(Type):
    def find(self):
        at = self.directory()["VpcSettings"]["SecurityGroupId"]
        return self.found(at, GroupId=at)
