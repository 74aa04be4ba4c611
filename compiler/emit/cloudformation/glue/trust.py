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


class Trust(ConditionalForwarder):
    def get(self):
        live = (t for t in each("ds", "describe_trusts", "Trusts", DirectoryId=self.d) if t["TrustState"] != "Deleted")
        return pick(live, RemoteDomainName=self.p["RemoteDomainName"])

    def find(self):
        t = self.get()
        if not t:
            return None
        state, inward = t["TrustState"], self.p["Direction"] == "One-Way: Incoming"
        if state == "VerifyFailed" or (state == "Created" and not inward):
            # The other side may have come since.
            tolerate(lambda: client("ds").verify_trust(TrustId=t["TrustId"]), ("Exception",))
        done = ready(state, ("Verified", "Created") if inward else ("Verified",), ("Failed",))
        return self.found(t["TrustId"], done, TrustId=t["TrustId"])

    def make(self):
        p = self.p
        more = {"ConditionalForwarderIpAddrs": p.get("ConditionalForwarders"), "SelectiveAuth": p.get("SelectiveAuth")}
        client("ds").create_trust(TrustDirection=p["Direction"], TrustType=p["Type"], **self.args,
                                  TrustPassword=secret(p["PasswordFrom"]), **{k: v for k, v in more.items() if v})

    def change(self, old):
        want, t = self.p.get("SelectiveAuth", "Disabled"), self.get()
        if t.get("SelectiveAuth", want) != want:
            client("ds").update_trust(TrustId=t["TrustId"], SelectiveAuth=want)

    def drop(self):
        t = self.get()
        if t and t["TrustState"] != "Deleting":
            client("ds").delete_trust(TrustId=t["TrustId"], DeleteAssociatedConditionalForwarder=False)


class DirectoryShare(Type):
    target = property(lambda s: {"Id": s.p["Account"], "Type": "ACCOUNT"})

    def find(self):
        s = pick(each("ds", "describe_shared_directories", "SharedDirectories", OwnerDirectoryId=self.d),
                 SharedAccountId=self.p["Account"])
        if not s or s["ShareStatus"] == "Deleted":
            return None
        at = s["SharedDirectoryId"]
        return self.found(at, ready(s["ShareStatus"], ("Shared", "PendingAcceptance"),
                          ("ShareFailed", "Rejected", "RejectFailed")), SharedDirectoryId=at)

    def make(self):
        note = {"ShareNotes": self.p["Note"]} if self.p.get("Note") else {}
        client("ds").share_directory(DirectoryId=self.d, ShareMethod=self.p["Method"], ShareTarget=self.target, **note)

    def drop(self):
        client("ds").unshare_directory(DirectoryId=self.d, UnshareTarget=self.target)


class DirectoryShareAcceptance(Type):
    def find(self):
        at = self.p["SharedDirectoryId"]
        state = self.directory(at)["ShareStatus"]
        if state == "PendingAcceptance":
            return None
        return self.found(at, ready(state, ("Shared",), ("ShareFailed", "Rejected")), SharedDirectoryId=at)

    def make(self):
        client("ds").accept_shared_directory(SharedDirectoryId=self.p["SharedDirectoryId"])
