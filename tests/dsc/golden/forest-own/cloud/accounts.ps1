<#
.SYNOPSIS
    Makes groups, and the password policies that apply to them.

.DESCRIPTION
    Runs on one controller of each domain. A group has exactly the members that are given,
    where any are; other groups and their members are left alone.

.PARAMETER AdministrationCredential
    Account that administers the domain or forest.
    Secret: had/cloud/administrator

.EXAMPLE
    . .\accounts.ps1
    $data = Import-PowerShellDataFile -Path .\accounts.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        AdministrationCredential = Get-Credential -Message 'had/cloud/administrator'
        ConfigurationData        = $data
        OutputPath               = '.\accounts'
    }
    HadAccounts @arguments

.NOTES
    Made by had 0.1.0 from the spec forest-own; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    ActiveDirectoryDsc 6.7.0
#>
configuration HadAccounts
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $AdministrationCredential
    )

    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'

    node $AllNodes.NodeName
    {
        # forest cloud/group web-operators:group
        ADGroup 'web-operators'
        {
            GroupName   = 'web-operators'
            GroupScope  = 'Universal'
            Category    = 'Security'
            Path        = 'OU=Web,OU=Servers,DC=cloud,DC=example,DC=com'
            Ensure      = 'Present'
            Description = 'People who run the web tier.'
            Members     = @('Web-Leads', 'ada')
            Credential  = $AdministrationCredential
        }

        # forest cloud/password-policy administrators:policy
        ADFineGrainedPasswordPolicy 'administrators'
        {
            Name                        = 'administrators'
            Precedence                  = 5
            Subjects                    = @('Domain Admins')
            MinPasswordLength           = 20
            ReversibleEncryptionEnabled = $false
            LockoutDuration             = '0.01:30:00'
            MaxPasswordAge              = '60.00:00:00'
            Ensure                      = 'Present'
            Credential                  = $AdministrationCredential
        }
    }
}
