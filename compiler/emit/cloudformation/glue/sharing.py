class DirectoryShare(Type):
    def find(self):
        s = pick(each("ds", "describe_shared_directories", "SharedDirectories", OwnerDirectoryId=self.d),
                 SharedAccountId=self.p["Account"])
        if not s or s["ShareStatus"] == "Deleted":
            return None
        return self.found(s["SharedDirectoryId"], ready(s["ShareStatus"], ("Shared", "PendingAcceptance"),
                          ("ShareFailed", "Rejected", "RejectFailed")), SharedDirectoryId=s["SharedDirectoryId"])

    def make(self):
        note = {"ShareNotes": self.p["Note"]} if self.p.get("Note") else {}
        client("ds").share_directory(DirectoryId=self.d, ShareMethod=self.p["Method"], ShareTarget={
            "Id": self.p["Account"], "Type": "ACCOUNT"}, **note)

    def drop(self):
        client("ds").unshare_directory(DirectoryId=self.d, UnshareTarget={
            "Id": self.p["Account"], "Type": "ACCOUNT"})


class DirectoryShareAcceptance(Type):
    def find(self):
        at = self.p["SharedDirectoryId"]
        state = self.directory(at)["ShareStatus"]
        if state == "PendingAcceptance":
            return None
        return self.found(at, ready(state, ("Shared",), ("ShareFailed", "Rejected")), SharedDirectoryId=at)

    def make(self):
        client("ds").accept_shared_directory(SharedDirectoryId=self.p["SharedDirectoryId"])
