# Machines of domain-controller.ps1, and what differs between them.
# Made by had 0.1.0 from the spec forest-own; change the spec, not this file.

@{
    AllNodes = @(
        @{
            NodeName             = '*'
            PSDscAllowDomainUser = $true
        }
        @{
            NodeName   = 'dc1'
            DnsServers = @('10.17.1.10', '127.0.0.1')
        }
        @{
            NodeName      = 'dc2'
            AwaitedDomain = 'cloud.example.com'
            JoinedDomain  = 'cloud.example.com'
            DnsServers    = @('10.17.0.10', '127.0.0.1')
            TaskArguments = 'delete systemstatebackup -keepVersions:90 -quiet'
        }
        @{
            NodeName      = 'dc3'
            AwaitedDomain = 'cloud.example.com'
            JoinedDomain  = 'cloud.example.com'
        }
        @{
            NodeName      = 'lab1'
            AwaitedDomain = 'cloud.example.com'
            DnsServers    = @('10.17.1.20', '127.0.0.1')
        }
        @{
            NodeName      = 'lab2'
            AwaitedDomain = 'lab.cloud.example.com'
            JoinedDomain  = 'lab.cloud.example.com'
            DnsServers    = @('10.17.0.20', '127.0.0.1')
            TaskArguments = 'delete systemstatebackup -keepVersions:30 -quiet'
        }
    )
}
