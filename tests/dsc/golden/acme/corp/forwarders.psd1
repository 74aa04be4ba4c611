# Machines of forwarders.ps1, and what differs between them.
# Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.

@{
    AllNodes = @(
        @{
            NodeName = 'dc-aws-1'
        }
    )
}
