<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER DiskId
    A table from NodeName to value, known once the machines are made: DiskId of each machine

.PARAMETER ForwarderTargets
    Known once it is made: parameter /had/aws/dns-1 of Systems Manager

.PARAMETER ForwarderTargets2
    Known once it is made: parameter /had/aws/dns-2 of Systems Manager

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $arguments = @{
        DiskId            = @{ 'MACHINE' = '...' }
        ForwarderTargets  = '...'
        ForwarderTargets2 = '...'
        ConfigurationData = $data
        OutputPath        = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    StorageDsc 6.0.1
    DnsServerDsc 3.0.3
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
        $ForwarderTargets,

        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.String]
        $ForwarderTargets2
    )

    Import-DscResource -ModuleName 'StorageDsc' -ModuleVersion '6.0.1'
    Import-DscResource -ModuleName 'DnsServerDsc' -ModuleVersion '3.0.3'

    node $AllNodes.NodeName
    {
        WaitForDisk 'ntds'
        {
            DiskId     = $DiskId[$Node.NodeName]
            DiskIdType = 'SerialNumber'
        }

        DnsServerConditionalForwarder 'aws.example.com'
        {
            Name             = 'aws.example.com'
            MasterServers    = @($ForwarderTargets, $ForwarderTargets2)
            ReplicationScope = 'Domain'
        }
    }
}
