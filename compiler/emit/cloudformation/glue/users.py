class DirectoryGroup(Type):
    kind, plain = "group", ("GroupScope", "GroupType")
    name = property(lambda s: {"DirectoryId": s.d, "SAMAccountName": s.p["SAMAccountName"]})

    def find(self):
        at = getattr(client("ds-data"), f"describe_{self.kind}")(**self.name)
        return self.found(f"{self.d}/{self.p['SAMAccountName']}", SID=at["SID"])

    def attributes(self):
        said = {k: self.p[k] for k in self.plain if self.p.get(k)}
        if self.p.get("Description"):
            said["OtherAttributes"] = {"description": {"S": self.p["Description"]}}
        return said

    def make(self):
        tolerate(lambda: client("ds").enable_directory_data_access(DirectoryId=self.d), THERE)
        getattr(client("ds-data"), f"create_{self.kind}")(**self.name, **self.attributes())
        self.belong({})

    def change(self, old):
        getattr(client("ds-data"), f"update_{self.kind}")(**self.name, **self.attributes(), UpdateType="REPLACE")
        self.belong(old)

    def member(self, verb, group, member, but):
        tolerate(lambda: getattr(client("ds-data"), f"{verb}_group_member")(
            DirectoryId=self.d, GroupName=group, MemberName=member), but)

    def pair(self, other):
        return self.p["SAMAccountName"], other

    def belong(self, old, key="Members"):
        have, want = set(old.get(key) or []), set(self.p.get(key) or [])
        for other in sorted(want - have):
            self.member("add", *self.pair(other), THERE)
        for other in sorted(have - want):
            self.member("remove", *self.pair(other), ABSENT)

    def drop(self):
        getattr(client("ds-data"), f"delete_{self.kind}")(**self.name)


class DirectoryUser(DirectoryGroup):
    kind, plain = "user", ("EmailAddress", "GivenName", "Surname")

    def pair(self, other):
        return other, self.p["SAMAccountName"]

    def belong(self, old, key="Groups"):
        super().belong(old, key)
        at = self.p.get("PasswordFrom")
        if at and old.get("PasswordFrom") != at:
            client("ds").reset_user_password(DirectoryId=self.d, UserName=self.p["SAMAccountName"],
                                             NewPassword=secret(at))
