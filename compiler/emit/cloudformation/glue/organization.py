class TrustedAccess(Type):
    service = property(lambda s: s.p["ServicePrincipal"])

    def find(self):
        on = each("organizations", "list_aws_service_access_for_organization", "EnabledServicePrincipals")
        return self.found(self.service) if pick(on, ServicePrincipal=self.service) else None

    def make(self):
        client("organizations").enable_aws_service_access(ServicePrincipal=self.service)

    def drop(self):
        client("organizations").disable_aws_service_access(ServicePrincipal=self.service)


class ResourceSharing(TrustedAccess):
    service = "ram.amazonaws.com"

    def make(self):  # not the call of TrustedAccess: only this one lets shares name the organization
        client("ram").enable_sharing_with_aws_organization()

    def drop(self):
        return False


class DelegatedAdministrator(Type):
    def find(self):
        p = self.p
        all_ = each("organizations", "list_delegated_administrators", "DelegatedAdministrators",
                    ServicePrincipal=p["ServicePrincipal"])
        return self.found(p["AccountId"]) if pick(all_, Id=p["AccountId"]) else None

    def make(self):
        client("organizations").register_delegated_administrator(**self.p)

    def drop(self):
        client("organizations").deregister_delegated_administrator(**self.p)


class RegionOptIn(Type):
    def find(self):
        state = client("account").get_region_opt_status(**self.p)["RegionOptStatus"]
        if state == "DISABLED":
            return None
        return self.found(self.p["RegionName"], ready(state, ("ENABLED", "ENABLED_BY_DEFAULT")))

    def make(self):
        client("account").enable_region(**self.p)
