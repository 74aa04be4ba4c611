class ConditionalForwarder(Type):
    args = property(lambda s: {"DirectoryId": s.d, "RemoteDomainName": s.p["RemoteDomainName"]})

    def find(self):
        name = self.p["RemoteDomainName"]
        f = pick(each("ds", "describe_conditional_forwarders", "ConditionalForwarders", DirectoryId=self.d,
                      RemoteDomainNames=[name]))
        return f and self.found(f"{self.d}/{name}", sorted(f["DnsIpAddrs"]) == sorted(self.p["DnsIpAddresses"]))

    def make(self):
        client("ds").create_conditional_forwarder(**self.args, DnsIpAddrs=self.p["DnsIpAddresses"])

    def change(self, old):
        client("ds").update_conditional_forwarder(**self.args, DnsIpAddrs=self.p["DnsIpAddresses"])

    def drop(self):
        client("ds").delete_conditional_forwarder(**self.args)


class Trust(Type):
    def get(self):
        return pick(each("ds", "describe_trusts", "Trusts", DirectoryId=self.d),
                    RemoteDomainName=self.p["RemoteDomainName"])

    def find(self):
        t = self.get()
        if not t or t["TrustState"] == "Deleted":
            return None
        state, inward = t["TrustState"], self.p["Direction"] == "One-Way: Incoming"
        if state == "VerifyFailed" or (state == "Created" and not inward):
            client("ds").verify_trust(TrustId=t["TrustId"])  # the other side may have come since
        done = ready(state, ("Verified", "Created") if inward else ("Verified",), ("Failed",))
        return self.found(t["TrustId"], done, TrustId=t["TrustId"])

    def make(self):
        p, more = self.p, {}
        if p.get("ConditionalForwarders"):
            more["ConditionalForwarderIpAddrs"] = p["ConditionalForwarders"]
        if p.get("SelectiveAuth"):
            more["SelectiveAuth"] = p["SelectiveAuth"]
        client("ds").create_trust(
            DirectoryId=self.d, RemoteDomainName=p["RemoteDomainName"], TrustPassword=secret(p["Password"]),
            TrustDirection=p["Direction"], TrustType=p["Type"], **more)

    def change(self, old):
        want, t = self.p.get("SelectiveAuth", "Disabled"), self.get()
        if t.get("SelectiveAuth", want) != want:
            client("ds").update_trust(TrustId=t["TrustId"], SelectiveAuth=want)

    def drop(self):
        t = self.get()
        if t and t["TrustState"] not in ("Deleting", "Deleted"):
            client("ds").delete_trust(TrustId=t["TrustId"], DeleteAssociatedConditionalForwarder=False)
