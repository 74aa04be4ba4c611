<#
.SYNOPSIS
    How the machines of domain-controller.ps1 apply their configuration.

.DESCRIPTION
    A configuration is applied when it is delivered; later differences are reported and
    not repaired. The local configuration manager never restarts the machine: whoever
    delivers the configuration restarts it and applies it again until nothing is pending.

.PARAMETER CertificateThumbprint
    Thumbprint of the machine's document encryption certificate, whose private key is on
    the machine. The credentials in its configuration are encrypted for it.

.EXAMPLE
    . .\domain-controller.lcm.ps1
    HadDomainControllerLcm -ConfigurationData .\domain-controller.psd1 -CertificateThumbprint $certificate.Thumbprint -OutputPath .\lcm
    Set-DscLocalConfigurationManager -Path .\lcm -Verbose

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
#>
[DscLocalConfigurationManager()]
configuration HadDomainControllerLcm
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidatePattern('^[0-9A-Fa-f]{40}$')]
        [System.String]
        $CertificateThumbprint
    )

    node $AllNodes.NodeName
    {
        Settings
        {
            ActionAfterReboot  = 'StopConfiguration'
            ConfigurationMode  = 'ApplyAndMonitor'
            RebootNodeIfNeeded = $false
            RefreshMode        = 'Push'
            CertificateID      = $CertificateThumbprint
        }
    }
}
