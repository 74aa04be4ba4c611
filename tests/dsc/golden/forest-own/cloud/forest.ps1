<#
.SYNOPSIS
    Prepares the forest for machines in AWS.

.DESCRIPTION
    Creates what must be in Active Directory before the first domain controller in AWS
    is promoted: a promotion into a site that is not there fails. No site, subnet or
    link that was there before is renamed or removed. A machine that is not in the
    domain joins it first, and restarts once after that.

.PARAMETER SiteAdministrationCredential
    Account that may write sites, subnets and site links.
    Secret: had/cloud/administrator

.EXAMPLE
    . .\forest.ps1
    $data = Import-PowerShellDataFile -Path .\forest.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        SiteAdministrationCredential = Get-Credential -Message 'had/cloud/administrator'
        ConfigurationData            = $data
        OutputPath                   = '.\forest'
    }
    HadForest @arguments

.NOTES
    Made by had 0.1.0 from the spec forest-own; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
#>
configuration HadForest
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $SiteAdministrationCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'
    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'

    node $AllNodes.NodeName
    {
        # forest cloud:sites
        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        ADReplicationSite 'AWS-Ireland'
        {
            Name                       = 'AWS-Ireland'
            Description                = 'AWS Region eu-west-1'
            RenameDefaultFirstSiteName = $true
            Ensure                     = 'Present'
            PsDscRunAsCredential       = $SiteAdministrationCredential
            DependsOn                  = @('[WindowsFeature]RSAT-AD-PowerShell')
        }

        ADReplicationSubnet '10.16.0.0-24'
        {
            Name                 = '10.16.0.0/24'
            Site                 = 'AWS-Ireland'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-Ireland')
        }

        ADReplicationSubnet '10.17.0.0-20'
        {
            Name                 = '10.17.0.0/20'
            Site                 = 'AWS-Ireland'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-Ireland')
        }

        ADReplicationSite 'office'
        {
            Name                 = 'office'
            Description          = 'Site office'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[WindowsFeature]RSAT-AD-PowerShell')
        }

        ADReplicationSubnet '192.168.0.0-16'
        {
            Name                 = '192.168.0.0/16'
            Site                 = 'office'
            Location             = ''
            Description          = 'Site office'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]office')
        }

        # site-link office-ireland:link[forest cloud]
        ADReplicationSiteLink 'office-ireland'
        {
            Name                          = 'office-ireland'
            Cost                          = 50
            ReplicationFrequencyInMinutes = 30
            SitesIncluded                 = @('office', 'AWS-Ireland')
            Description                   = 'office - AWS-Ireland'
            OptionChangeNotification      = $false
            OptionTwoWaySync              = $false
            OptionDisableCompression      = $false
            Ensure                        = 'Present'
            PsDscRunAsCredential          = $SiteAdministrationCredential
            DependsOn                     = @(
                '[ADReplicationSite]AWS-Ireland'
                '[ADReplicationSite]office'
            )
        }
    }
}
