# Machines of forest.ps1, and what differs between them.
# Made by had 0.1.0 from the spec trust-forests; change the spec, not this file.

@{
    AllNodes = @(
        @{
            NodeName             = '*'
            PSDscAllowDomainUser = $true
        }
        @{
            NodeName = 'lab1'
        }
    )
}
