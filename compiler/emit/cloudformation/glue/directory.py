class DirectoryAlias(Type):
    def find(self):
        at = self.directory().get("Alias")
        if at not in (None, self.d, self.p["Alias"]):
            raise RuntimeError(f"the alias is {at} and can never change")
        return self.found(f"{self.d}/{at}", Alias=at) if at == self.p["Alias"] else None

    def make(self):
        client("ds").create_alias(DirectoryId=self.d, Alias=self.p["Alias"])


class DirectoryLog(Type):
    def find(self):
        s = pick(each("ds", "list_log_subscriptions", "LogSubscriptions", DirectoryId=self.d))
        return s and self.found(f"{self.d}/log", s["LogGroupName"] == self.p["LogGroupName"])

    def make(self):
        client("ds").create_log_subscription(DirectoryId=self.d, LogGroupName=self.p["LogGroupName"])

    def change(self, old):
        self.drop()
        self.make()

    def drop(self):
        client("ds").delete_log_subscription(DirectoryId=self.d)


class DirectoryTopic(Type):
    args = property(lambda s: {"DirectoryId": s.d, "TopicName": s.p["TopicName"]})

    def find(self):
        t = pick(each("ds", "describe_event_topics", "EventTopics", DirectoryId=self.d),
                 TopicName=self.p["TopicName"])
        return t and self.found(f"{self.d}/{t['TopicName']}", ready(t["Status"], ("Registered",), ("Failed",)))

    def make(self):
        client("ds").register_event_topic(**self.args)

    def drop(self):
        client("ds").deregister_event_topic(**self.args)


class DirectorySetting(Type):
    def find(self):
        want = {s["Name"]: s["Value"] for s in self.p["Settings"]}
        have = [s for s in each("ds", "describe_settings", "SettingEntries", DirectoryId=self.d)
                if s["Name"] in want]
        if len(have) < len(want):
            raise Bad("the directory has no such setting: " + ", ".join(want.keys() - {s["Name"] for s in have}))
        if any(s.get("RequestedValue", s.get("AppliedValue")) != want[s["Name"]] for s in have):
            return None
        done = [ready(s["RequestStatus"], ("Updated", "Default"), ("Failed",)) for s in have]
        return self.found(f"{self.d}/settings", *done)

    def make(self):
        client("ds").update_settings(DirectoryId=self.d, Settings=self.p["Settings"])


class DirectoryRoutes(Type):
    def routes(self):
        return {r["CidrIp"]: r["IpRouteStatusMsg"] for r in each(
            "ds", "list_ip_routes", "IpRoutesInfo", DirectoryId=self.d)
            if not r["IpRouteStatusMsg"].startswith("Remov")}

    def find(self):
        have, want = self.routes(), [r["CidrIp"] for r in self.p["IpRoutes"]]
        if not have or any(c not in have for c in want):
            return None
        return self.found(f"{self.d}/routes", *[ready(have[c], ("Added",), ("AddFailed",)) for c in want])

    def make(self):
        have = self.routes()
        client("ds").add_ip_routes(
            DirectoryId=self.d, IpRoutes=[r for r in self.p["IpRoutes"] if r["CidrIp"] not in have],
            UpdateSecurityGroupForDirectoryControllers=self.p.get(
                "UpdateSecurityGroupForDirectoryControllers") == "true")

    def remove(self, cidrs):
        cidrs = [c for c in cidrs if c in self.routes()]
        if cidrs:
            client("ds").remove_ip_routes(DirectoryId=self.d, CidrIps=cidrs)

    def change(self, old):
        want = [r["CidrIp"] for r in self.p["IpRoutes"]]
        self.remove([r["CidrIp"] for r in old.get("IpRoutes", []) if r["CidrIp"] not in want])

    def drop(self):
        self.remove([r["CidrIp"] for r in self.p["IpRoutes"]])
