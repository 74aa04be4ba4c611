<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER PromotionCredential
    Account that promotes the machines, with its domain: without one a promotion hangs.
    Secret: ad/shop/promotion

.PARAMETER SafeModeCredential
    Password of Directory Services Restore Mode; its user name is not used.
    Secret: had/shop/safe-mode

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        PromotionCredential = Get-Credential -Message 'ad/shop/promotion'
        SafeModeCredential  = Get-Credential -Message 'had/shop/safe-mode'
        ConfigurationData   = $data
        OutputPath          = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
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

    node $AllNodes.NodeName
    {
        WindowsFeature 'AD-Domain-Services'
        {
            Name   = 'AD-Domain-Services'
            Ensure = 'Present'
        }

        if ($Node.NodeName -eq 'shop-dc-1')
        {
            ADDomain 'shop.example.com'
            {
                DomainName                    = 'shop.example.com'
                DomainNetBiosName             = 'SHOP'
                ForestMode                    = 'WinThreshold'
                Credential                    = $PromotionCredential
                SafeModeAdministratorPassword = $SafeModeCredential
                DependsOn                     = @('[WindowsFeature]AD-Domain-Services')
            }

            ADForestProperties 'suffixes'
            {
                ForestName                   = 'shop.example.com'
                UserPrincipalNameSuffixToAdd = @('example.com', 'shop.example')
                DependsOn                    = @('[ADDomain]shop.example.com')
            }

            ADDomainDefaultPasswordPolicy 'default'
            {
                DomainName           = 'shop.example.com'
                MinPasswordLength    = 14
                PasswordHistoryCount = 24
                ComplexityEnabled    = $true
                DependsOn            = @('[ADDomain]shop.example.com')
            }
        }

        if ($Node.NodeName -eq 'shop-dc-2')
        {
            # forest shop/controller dc-2:configuration
            ADDomainController 'promotion'
            {
                DomainName                    = 'shop.example.com'
                SiteName                      = 'AWS-eu-west-1'
                IsGlobalCatalog               = $true
                InstallDns                    = $true
                Credential                    = $PromotionCredential
                SafemodeAdministratorPassword = $SafeModeCredential
                DependsOn                     = @('[WindowsFeature]AD-Domain-Services')
            }
        }
    }
}
