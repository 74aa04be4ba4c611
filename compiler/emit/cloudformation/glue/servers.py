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


class DirectoryLdaps(Type):
    def find(self):
        s = pick(each("ds", "describe_ldaps_settings", "LDAPSSettingsInfo", DirectoryId=self.d, Type="Client"))
        if not s or s["LDAPSStatus"] == "Disabled":
            return None
        return self.found(f"{self.d}/ldaps", ready(s["LDAPSStatus"], ("Enabled",), ("EnableFailed",)))

    def register(self):
        for data in self.p["Certificates"]:
            tolerate(lambda: client("ds").register_certificate(
                DirectoryId=self.d, CertificateData=data, Type="ClientLDAPS"), THERE)

    def make(self):
        self.register()
        client("ds").enable_ldaps(DirectoryId=self.d, Type="Client")

    def change(self, old):
        self.register()

    def drop(self):
        client("ds").disable_ldaps(DirectoryId=self.d, Type="Client")
        for c in each("ds", "list_certificates", "CertificatesInfo", DirectoryId=self.d):
            if c["State"] == "Registered":
                client("ds").deregister_certificate(DirectoryId=self.d, CertificateId=c["CertificateId"])


class DirectoryRadius(Type):
    def find(self):
        state = self.directory().get("RadiusStatus")
        return state and self.found(f"{self.d}/radius", ready(state, ("Completed",), ("Failed",)))

    def settings(self):
        s = {k: v for k, v in self.p.items() if k != "DirectoryId"}
        s["SharedSecret"] = secret(s.pop("SharedSecretFrom"))
        for k in ("RadiusPort", "RadiusTimeout", "RadiusRetries"):
            if k in s:
                s[k] = int(s[k])
        if "UseSameUsername" in s:
            s["UseSameUsername"] = s["UseSameUsername"] == "true"
        return {"DirectoryId": self.d, "RadiusSettings": s}

    def make(self):
        client("ds").enable_radius(**self.settings())

    def change(self, old):
        client("ds").update_radius(**self.settings())

    def drop(self):
        client("ds").disable_radius(DirectoryId=self.d)
