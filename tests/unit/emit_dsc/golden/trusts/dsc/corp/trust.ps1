<#
.SYNOPSIS
    Makes this forest's side of its trusts.

.DESCRIPTION
    Runs on one controller, after the forwarders of both sides. Of a trust with AWS only
    this side is made, with a password that both sides are given; AWS makes the other and
    verifies both. A trust in another direction is somebody's decision and stops it.

.PARAMETER AdministrationCredential
    Account that administers the domain or forest.
    Secret: ad/corp/administration

.PARAMETER TrustedDomainCredential
    Administrator of the domain on the other side of the trust.
    Secret: ad/shop/administration

.EXAMPLE
    . .\trust.ps1
    $data = Import-PowerShellDataFile -Path .\trust.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        AdministrationCredential = Get-Credential -Message 'ad/corp/administration'
        TrustedDomainCredential  = Get-Credential -Message 'ad/shop/administration'
        ConfigurationData        = $data
        OutputPath               = '.\trust'
    }
    HadTrust @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
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
        $AdministrationCredential,

        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $TrustedDomainCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'
    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'

    node $AllNodes.NodeName
    {
        # trust directory aws with forest corp:half
        Script 'aws.example.com'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'aws.example.com' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'aws.example.com' }

                if ($null -eq $trust)
                {
                    # The password is read now and kept nowhere.
                    $secret = Get-SECSecretValue -SecretId 'ad/trust/aws-corp' -Region 'eu-west-1'
                    $password = (ConvertFrom-Json -InputObject $secret.SecretString).Password

                    if ([System.String]::IsNullOrEmpty($password))
                    {
                        throw 'The secret of the trust with aws.example.com has no password.'
                    }

                    $direction = [System.DirectoryServices.ActiveDirectory.TrustDirection]::Bidirectional
                    $local.CreateLocalSideOfTrustRelationship('aws.example.com', $direction, $password)
                }

                $local.SetSelectiveAuthenticationStatus('aws.example.com', $false)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'aws.example.com' }

                if ($null -eq $trust)
                {
                    return $false
                }

                # A trust in another direction is somebody's decision: it is neither changed nor made again.
                if ([System.String] $trust.TrustDirection -ne 'Bidirectional')
                {
                    throw 'The trust with aws.example.com exists, and not as Bidirectional.'
                }

                return $local.GetSelectiveAuthenticationStatus('aws.example.com') -eq $false
            }
            PsDscRunAsCredential = $AdministrationCredential
        }

        # trust forest shop with forest corp:half
        ADDomainTrust 'shop.example.com'
        {
            SourceDomainName     = 'corp.example.com'
            TargetDomainName     = 'shop.example.com'
            TrustType            = 'Forest'
            TrustDirection       = 'Outbound'
            AllowTrustRecreation = $false
            Ensure               = 'Present'
            TargetCredential     = $TrustedDomainCredential
            PsDscRunAsCredential = $AdministrationCredential
        }

        Script 'Authentication-shop.example.com'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return @{ Result = [System.String] $local.GetSelectiveAuthenticationStatus('shop.example.com') }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                $local.SetSelectiveAuthenticationStatus('shop.example.com', $true)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return $local.GetSelectiveAuthenticationStatus('shop.example.com') -eq $true
            }
            PsDscRunAsCredential = $AdministrationCredential
            DependsOn            = @('[ADDomainTrust]shop.example.com')
        }
    }
}
