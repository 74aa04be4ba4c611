# Machines of domain-controller.ps1, and what differs between them.
# Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.

@{
    AllNodes = @(
        @{
            NodeName             = '*'
            PSDscAllowDomainUser = $true
        }
        @{
            NodeName   = 'dc-aws-1'
            DnsServers = @('10.17.1.10', '10.1.0.10', '127.0.0.1')
        }
        @{
            NodeName   = 'dc-aws-2'
            DnsServers = @('10.17.0.10', '10.1.0.10', '127.0.0.1')
        }
    )
}
