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
    Secret: ad/corp/promotion

.EXAMPLE
    . .\forest.ps1
    $data = Import-PowerShellDataFile -Path .\forest.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        SiteAdministrationCredential = Get-Credential -Message 'ad/corp/promotion'
        ConfigurationData            = $data
        OutputPath                   = '.\forest'
    }
    HadForest @arguments

.NOTES
    Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
    ComputerManagementDsc 10.0.0
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
    Import-DscResource -ModuleName 'ComputerManagementDsc' -ModuleVersion '10.0.0'

    node $AllNodes.NodeName
    {
        # forest corp:sites
        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        WaitForADDomain 'Domain'
        {
            DomainName  = 'corp.example.com'
            WaitTimeout = 900
            Credential  = $SiteAdministrationCredential
        }

        Script 'ComputerName'
        {
            GetScript  = {
                $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                return @{ Result = [System.String] $system.Domain }
            }
            SetScript  = {
                # The test says yes, or stops: there is nothing to change.
                Write-Verbose -Message 'The name dc-aws-1 is free in corp.example.com.'
            }
            TestScript = {
                if ((Get-CimInstance -ClassName 'Win32_ComputerSystem').PartOfDomain)
                {
                    return $true
                }

                $secret = Get-SECSecretValue -SecretId 'ad/corp/promotion' -Region 'eu-west-1'
                $account = ConvertFrom-Json -InputObject $secret.SecretString
                $root = New-Object -TypeName 'System.DirectoryServices.DirectoryEntry' -ArgumentList @(
                    'LDAP://corp.example.com', $account.Username, $account.Password)
                $searcher = New-Object -TypeName 'System.DirectoryServices.DirectorySearcher' -ArgumentList @(
                    $root, '(&(objectCategory=computer)(sAMAccountName=dc-aws-1$))')

                if ($null -ne $searcher.FindOne())
                {
                    throw 'A computer dc-aws-1 is in corp.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                }

                return $true
            }
            DependsOn  = @('[WaitForADDomain]Domain')
        }

        Computer 'Computer'
        {
            Name       = $Node.NodeName
            DomainName = 'corp.example.com'
            Credential = $SiteAdministrationCredential
            DependsOn  = @('[WaitForADDomain]Domain', '[Script]ComputerName')
        }

        ADReplicationSite 'AWS-eu-west-1'
        {
            Name                 = 'AWS-eu-west-1'
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[WindowsFeature]RSAT-AD-PowerShell', '[Computer]Computer')
        }

        ADReplicationSubnet '10.16.0.0-24'
        {
            Name                 = '10.16.0.0/24'
            Site                 = 'AWS-eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')
        }

        ADReplicationSubnet '10.17.0.0-20'
        {
            Name                 = '10.17.0.0/20'
            Site                 = 'AWS-eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')
        }

        ADReplicationSubnet '10.32.0.0-19'
        {
            Name                 = '10.32.0.0/19'
            Site                 = 'AWS-eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')
        }

        ADReplicationSubnet '10.32.32.0-20'
        {
            Name                 = '10.32.32.0/20'
            Site                 = 'AWS-eu-west-1'
            Location             = ''
            Description          = 'AWS Region eu-west-1'
            Ensure               = 'Present'
            PsDscRunAsCredential = $SiteAdministrationCredential
            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')
        }

        # site-link dublin-eu-west-1:link[forest corp]
        ADReplicationSiteLink 'dublin-eu-west-1'
        {
            Name                          = 'dublin-eu-west-1'
            Cost                          = 100
            ReplicationFrequencyInMinutes = 15
            SitesIncluded                 = @('dublin', 'AWS-eu-west-1')
            Description                   = 'dublin - AWS-eu-west-1'
            OptionChangeNotification      = $true
            OptionTwoWaySync              = $false
            OptionDisableCompression      = $false
            Ensure                        = 'Present'
            PsDscRunAsCredential          = $SiteAdministrationCredential
            DependsOn                     = @('[ADReplicationSite]AWS-eu-west-1')
        }
    }
}
