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
    Secret: ad/lab/administrator

.EXAMPLE
    . .\forest.ps1
    $data = Import-PowerShellDataFile -Path .\forest.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        SiteAdministrationCredential = Get-Credential -Message 'ad/lab/administrator'
        ConfigurationData            = $data
        OutputPath                   = '.\forest'
    }
    HadForest @arguments

.NOTES
    Made by had 0.1.0 from the spec trust-forests; change the spec, not this file.
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
        # forest lab:sites
        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        ADReplicationSite 'eu-west-1'
        {
            Name                       = 'eu-west-1'
            Description                = 'AWS Region eu-west-1'
            RenameDefaultFirstSiteName = $true
            Ensure                     = 'Present'
            PsDscRunAsCredential       = $SiteAdministrationCredential
            DependsOn                  = @('[WindowsFeature]RSAT-AD-PowerShell')
        }

        ADReplicationSubnet '10.16.0.0-24'
        {
            Name                 = '10.16.0.0/24'
            Site                 = 'eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]eu-west-1')
        }

        ADReplicationSubnet '10.17.0.0-20'
        {
            Name                 = '10.17.0.0/20'
            Site                 = 'eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]eu-west-1')
        }

        ADReplicationSubnet '10.18.0.0-20'
        {
            Name                 = '10.18.0.0/20'
            Site                 = 'eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]eu-west-1')
        }
    }
}
