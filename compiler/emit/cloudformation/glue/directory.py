class DirectoryAlias(Type):
    def find(self):
        at = self.directory().get("Alias")
        if at not in (None, self.d, self.p["Alias"]):
            raise RuntimeError(f"the alias is {at} and can never change")
        return self.found(f"{self.d}/{at}", Alias=at) if at == self.p["Alias"] else None

    def make(self):
        client("ds").create_alias(DirectoryId=self.d, Alias=self.p["Alias"])


class DirectoryControllers(Type):
    def find(self):
        at, want = self.directory(), int(self.p["DesiredNumber"])
        live = [c["Status"] for c in each("ds", "describe_domain_controllers", "DomainControllers",
                                          DirectoryId=self.d) if c["Status"] != "Deleted"]
        if at["DesiredNumberOfDomainControllers"] != want:
            return None
        return self.found(f"{self.d}/controllers", live == ["Active"] * want,
                          DnsIpAddresses=",".join(at["DnsIpAddrs"]))

    def make(self):
        client("ds").update_number_of_domain_controllers(
            DirectoryId=self.d, DesiredNumber=int(self.p["DesiredNumber"]))


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
