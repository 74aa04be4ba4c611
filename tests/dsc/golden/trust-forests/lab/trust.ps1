<#
.SYNOPSIS
    Makes this forest's side of its trusts.

.DESCRIPTION
    Runs on one controller, after the forwarders of both sides. Of a trust with AWS only
    this side is made, with a password that both sides are given; AWS makes the other and
    verifies both. A trust in another direction is somebody's decision and stops it.

.PARAMETER TrustedDomainCredential
    Administrator of the domain on the other side of the trust.
    Secret: arn:aws:secretsmanager:eu-west-1:333333333333:secret:ad/people/administrator

.PARAMETER AdministrationCredential
    Account that administers the domain or forest.
    Secret: ad/lab/administrator

.EXAMPLE
    . .\trust.ps1
    $data = Import-PowerShellDataFile -Path .\trust.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        TrustedDomainCredential  = Get-Credential -Message 'arn:aws:secretsmanager:eu-west-1:333333333333:secret:ad/people/administrator'
        AdministrationCredential = Get-Credential -Message 'ad/lab/administrator'
        ConfigurationData        = $data
        OutputPath               = '.\trust'
    }
    HadTrust @arguments

.NOTES
    Made by had 0.1.0 from the spec trust-forests; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
#>
configuration HadTrust
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $TrustedDomainCredential,

        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $AdministrationCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'
    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'

    node $AllNodes.NodeName
    {
        # trust forest lab/forest people:half[forest lab]
        ADDomainTrust 'people.example.com'
        {
            SourceDomainName     = 'lab.example.com'
            TargetDomainName     = 'people.example.com'
            TrustType            = 'Forest'
            TrustDirection       = 'Outbound'
            AllowTrustRecreation = $false
            Ensure               = 'Present'
            TargetCredential     = $TrustedDomainCredential
            PsDscRunAsCredential = $AdministrationCredential
        }

        Script 'Authentication-people.example.com'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return @{ Result = [System.String] $local.GetSelectiveAuthenticationStatus('people.example.com') }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                $local.SetSelectiveAuthenticationStatus('people.example.com', $false)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return $local.GetSelectiveAuthenticationStatus('people.example.com') -eq $false
            }
            PsDscRunAsCredential = $AdministrationCredential
            DependsOn            = @('[ADDomainTrust]people.example.com')
        }

        Script 'Encryption-people.example.com'
        {
            GetScript            = {
                $trust = Get-ADTrust -Identity 'people.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                return @{ Result = [System.String] $trust.'msDS-SupportedEncryptionTypes' }
            }
            SetScript            = {
                $trust = Get-ADTrust -Identity 'people.example.com'

                Set-ADObject -Identity $trust.DistinguishedName -Replace @{ 'msDS-SupportedEncryptionTypes' = 24 }
            }
            TestScript           = {
                $trust = Get-ADTrust -Identity 'people.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                # 8 and 16: AES with keys of 128 and 256 bits.
                return ($trust.'msDS-SupportedEncryptionTypes' -band 24) -eq 24
            }
            PsDscRunAsCredential = $AdministrationCredential
            DependsOn            = @('[ADDomainTrust]people.example.com')
        }
    }
}
