<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER PromotionCredential
    Account that promotes the machines, with its domain: without one a promotion hangs.
    Secret: ad/corp/promotion

.PARAMETER SafeModeCredential
    Password of Directory Services Restore Mode; its user name is not used.
    Secret: had/corp/safe-mode

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        PromotionCredential = Get-Credential -Message 'ad/corp/promotion'
        SafeModeCredential  = Get-Credential -Message 'had/corp/safe-mode'
        ConfigurationData   = $data
        OutputPath          = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
    ComputerManagementDsc 10.0.0
    NetworkingDsc 9.1.0
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
        [System.Management.Automation.PSCredential]
        $PromotionCredential,

        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $SafeModeCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'
    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'
    Import-DscResource -ModuleName 'ComputerManagementDsc' -ModuleVersion '10.0.0'
    Import-DscResource -ModuleName 'NetworkingDsc' -ModuleVersion '9.1.0'
    Import-DscResource -ModuleName 'StorageDsc' -ModuleVersion '6.0.1'
    Import-DscResource -ModuleName 'DnsServerDsc' -ModuleVersion '3.0.3'

    node $AllNodes.NodeName
    {
        DnsServerAddress 'primary'
        {
            InterfaceAlias = 'Ethernet'
            AddressFamily  = 'IPv4'
            Address        = $Node.DnsServers
            Validate       = $false
        }

        WaitForDisk 'ntds'
        {
            DiskId           = $Node.DiskId
            DiskIdType       = 'SerialNumber'
            RetryIntervalSec = 30
            RetryCount       = 20
        }

        Disk 'ntds'
        {
            DriveLetter    = 'D'
            DiskId         = $Node.DiskId
            DiskIdType     = 'SerialNumber'
            PartitionStyle = 'GPT'
            FSFormat       = 'NTFS'
            FSLabel        = 'NTDS'
            DependsOn      = @('[WaitForDisk]ntds')
        }

        WindowsFeature 'AD-Domain-Services'
        {
            Name   = 'AD-Domain-Services'
            Ensure = 'Present'
        }

        WindowsFeature 'DNS'
        {
            Name   = 'DNS'
            Ensure = 'Present'
        }

        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        WaitForADDomain 'corp.example.com'
        {
            DomainName  = 'corp.example.com'
            WaitTimeout = 900
            Credential  = $PromotionCredential
            DependsOn   = @('[DnsServerAddress]primary', '[WindowsFeature]RSAT-AD-PowerShell')
        }

        if ($Node.NodeName -eq 'dc-aws-1')
        {
            Script 'free'
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
                DependsOn  = @('[WaitForADDomain]corp.example.com')
            }
        }

        if ($Node.NodeName -eq 'dc-aws-2')
        {
            # forest corp/controller dc-aws-2:configuration
            Script 'free'
            {
                GetScript  = {
                    $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                    return @{ Result = [System.String] $system.Domain }
                }
                SetScript  = {
                    # The test says yes, or stops: there is nothing to change.
                    Write-Verbose -Message 'The name dc-aws-2 is free in corp.example.com.'
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
                        $root, '(&(objectCategory=computer)(sAMAccountName=dc-aws-2$))')

                    if ($null -ne $searcher.FindOne())
                    {
                        throw 'A computer dc-aws-2 is in corp.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                    }

                    return $true
                }
                DependsOn  = @('[WaitForADDomain]corp.example.com')
            }
        }

        Computer 'join'
        {
            Name       = $Node.NodeName
            DomainName = 'corp.example.com'
            Credential = $PromotionCredential
            DependsOn  = @('[Script]free')
        }

        PendingReboot 'join'
        {
            Name              = 'join'
            SkipWindowsUpdate = $true
            DependsOn         = @('[Computer]join')
        }

        ADDomainController 'promotion'
        {
            DomainName                    = 'corp.example.com'
            SiteName                      = 'AWS-eu-west-1'
            DatabasePath                  = 'D:\NTDS'
            LogPath                       = 'D:\NTDS'
            SysvolPath                    = 'D:\SYSVOL'
            InstallDns                    = $true
            IsGlobalCatalog               = $true
            Credential                    = $PromotionCredential
            SafemodeAdministratorPassword = $SafeModeCredential
            DependsOn                     = @(
                '[Disk]ntds'
                '[WindowsFeature]AD-Domain-Services'
                '[WindowsFeature]DNS'
                '[PendingReboot]join'
            )
        }

        DnsServerForwarder 'resolver'
        {
            IsSingleInstance = 'Yes'
            IPAddresses      = @('169.254.169.253')
            UseRootHint      = $false
            DependsOn        = @('[ADDomainController]promotion')
        }

        Service 'ADWS'
        {
            Name        = 'ADWS'
            State       = 'Running'
            StartupType = 'Automatic'
            DependsOn   = @('[ADDomainController]promotion')
        }

        if ($Node.NodeName -eq 'dc-aws-1')
        {
            # forest corp/password-policy:policy
            ADDomainDefaultPasswordPolicy 'DefaultPolicy'
            {
                DomainName        = 'corp.example.com'
                MinPasswordLength = 14
                Credential        = $PromotionCredential
                DependsOn         = @('[ADDomainController]promotion')
            }
        }
    }
}
