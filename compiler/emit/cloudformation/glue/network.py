class AttachmentAcceptance(Type):
    key = "TransitGatewayAttachmentId"
    kind = "vpc"

    def find(self):
        at = self.p[self.key]
        all_ = each("ec2", f"describe_transit_gateway_{self.kind}_attachments",
                    f"TransitGateway{self.kind.capitalize()}Attachments", TransitGatewayAttachmentIds=[at])
        state = next(all_)["State"]
        if state == "pendingAcceptance":
            return None
        return self.found(at, ready(state, ("available",), ("failed", "rejected", "deleted")), **{self.key: at})

    def make(self):
        accept = f"accept_transit_gateway_{self.kind}_attachment"
        getattr(client("ec2"), accept)(TransitGatewayAttachmentId=self.p[self.key])


class PeeringAcceptance(AttachmentAcceptance):
    kind = "peering"

    def find(self):
        at = self.p.get("VpcPeeringConnectionId")
        if not at:
            return super().find()
        state = next(each("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections",
                          VpcPeeringConnectionIds=[at]))["Status"]["Code"]
        if state == "pending-acceptance":
            return None
        return self.found(at, ready(state, ("active",), ("failed", "rejected", "expired", "deleted")),
                          VpcPeeringConnectionId=at)

    def make(self):
        at = self.p.get("VpcPeeringConnectionId")
        return client("ec2").accept_vpc_peering_connection(VpcPeeringConnectionId=at) if at else super().make()


class ShareAcceptance(Type):
    def find(self):
        arn = self.p["ResourceShareArn"]
        all_ = each("ram", "get_resource_shares", "resourceShares", resourceOwner="OTHER-ACCOUNTS",
                    resourceShareArns=[arn])
        return self.found(arn, ResourceShareArn=arn) if pick(all_, status="ACTIVE") else None

    def make(self):
        i = pick(each("ram", "get_resource_share_invitations", "resourceShareInvitations",
                      resourceShareArns=[self.p["ResourceShareArn"]]), status="PENDING")
        if i:
            client("ram").accept_resource_share_invitation(
                resourceShareInvitationArn=i["resourceShareInvitationArn"])


class ZoneAuthorization(Type):
    vpc = property(lambda s: {"VPCId": s.p["VPCId"], "VPCRegion": s.p["VPCRegion"]})
    zone = property(lambda s: s.p["HostedZoneId"])
    operations = ("create_vpc_association_authorization", "delete_vpc_association_authorization")

    def there(self):
        return pick(each("route53", "list_vpc_association_authorizations", "VPCs", HostedZoneId=self.zone),
                    VPCId=self.p["VPCId"])

    def find(self):
        return self.found(f"{self.zone}/{self.p['VPCId']}") if self.there() else None

    def make(self):
        getattr(client("route53"), self.operations[0])(HostedZoneId=self.zone, VPC=self.vpc)

    def drop(self):
        getattr(client("route53"), self.operations[1])(HostedZoneId=self.zone, VPC=self.vpc)


class ZoneAssociation(ZoneAuthorization):
    operations = ("associate_vpc_with_hosted_zone", "disassociate_vpc_from_hosted_zone")

    def there(self):
        return pick(each("route53", "list_hosted_zones_by_vpc", "HostedZoneSummaries", **self.vpc),
                    HostedZoneId=self.zone)
