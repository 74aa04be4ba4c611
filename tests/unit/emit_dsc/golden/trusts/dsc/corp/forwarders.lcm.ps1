<#
.SYNOPSIS
    How the machines of forwarders.ps1 apply their configuration.

.DESCRIPTION
    A configuration is applied when it is delivered; later differences are reported and
    not repaired. The local configuration manager never restarts the machine: whoever
    delivers the configuration restarts it and applies it again until nothing is pending.

.EXAMPLE
    . .\forwarders.lcm.ps1
    HadForwardersLcm -ConfigurationData .\forwarders.psd1 -OutputPath .\lcm
    Set-DscLocalConfigurationManager -Path .\lcm -Verbose

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
#>
[DscLocalConfigurationManager()]
configuration HadForwardersLcm
{
    node $AllNodes.NodeName
    {
        Settings
        {
            ActionAfterReboot  = 'StopConfiguration'
            ConfigurationMode  = 'ApplyAndMonitor'
            RebootNodeIfNeeded = $false
            RefreshMode        = 'Push'
        }
    }
}
