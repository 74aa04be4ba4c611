<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER DiskId
    A table from NodeName to value, known once the machines are made: DiskId of each machine

.PARAMETER DnsConnectionSuffixConnectionSpecificSuffix
    Known once it is made: parameter /had/aws/suffix of Systems Manager

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $arguments = @{
        DiskId                                      = @{ 'MACHINE' = '...' }
        DnsConnectionSuffixConnectionSpecificSuffix = '...'
        ConfigurationData                           = $data
        OutputPath                                  = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    NetworkingDsc 9.1.0
    StorageDsc 6.0.1
#>
configuration HadDomainController
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Collections.Hashtable]
        $DiskId,

        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.String]
        $DnsConnectionSuffixConnectionSpecificSuffix
    )

    Import-DscResource -ModuleName 'NetworkingDsc' -ModuleVersion '9.1.0'
    Import-DscResource -ModuleName 'StorageDsc' -ModuleVersion '6.0.1'

    node $AllNodes.NodeName
    {
        WaitForDisk 'ntds'
        {
            DiskId     = $DiskId[$Node.NodeName]
            DiskIdType = 'SerialNumber'
        }

        DnsConnectionSuffix 'suffix'
        {
            InterfaceAlias           = 'Primary'
            ConnectionSpecificSuffix = $DnsConnectionSuffixConnectionSpecificSuffix
        }
    }
}
