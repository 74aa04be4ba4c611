# Machines of directory-admin.ps1, and what differs between them.
# Made by had 0.1.0 from the spec directory-people; change the spec, not this file.

@{
    AllNodes = @(
        @{
            NodeName             = '*'
            PSDscAllowDomainUser = $true
        }
        @{
            NodeName = 'admin'
        }
    )
}
