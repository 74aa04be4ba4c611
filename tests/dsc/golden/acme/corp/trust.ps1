<#
.SYNOPSIS
    Makes this forest's side of its trusts.

.DESCRIPTION
    Runs on one controller, after the forwarders of both sides. Of a trust with AWS only
    this side is made, with a password that both sides are given; AWS makes the other and
    verifies both. A trust in another direction is somebody's decision and stops it.

.PARAMETER AdministrationCredential
    Account that administers the domain or forest.
    Secret: ad/corp/promotion

.EXAMPLE
    . .\trust.ps1
    $data = Import-PowerShellDataFile -Path .\trust.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        AdministrationCredential = Get-Credential -Message 'ad/corp/promotion'
        ConfigurationData        = $data
        OutputPath               = '.\trust'
    }
    HadTrust @arguments

.NOTES
    Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
#>
configuration HadTrust
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $AdministrationCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'

    node $AllNodes.NodeName
    {
        # trust directory aws/forest corp:half[forest corp]
        Script 'Trust-aws.example.com'
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

        Script 'Encryption-aws.example.com'
        {
            GetScript            = {
                $trust = Get-ADTrust -Identity 'aws.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                return @{ Result = [System.String] $trust.'msDS-SupportedEncryptionTypes' }
            }
            SetScript            = {
                $trust = Get-ADTrust -Identity 'aws.example.com'

                Set-ADObject -Identity $trust.DistinguishedName -Replace @{ 'msDS-SupportedEncryptionTypes' = 24 }
            }
            TestScript           = {
                $trust = Get-ADTrust -Identity 'aws.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                # 8 and 16: AES with keys of 128 and 256 bits.
                return ($trust.'msDS-SupportedEncryptionTypes' -band 24) -eq 24
            }
            PsDscRunAsCredential = $AdministrationCredential
            DependsOn            = @('[Script]Trust-aws.example.com')
        }
    }
}
