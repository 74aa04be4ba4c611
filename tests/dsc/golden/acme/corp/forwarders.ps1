<#
.SYNOPSIS
    Tells the DNS servers of the forest where other domains answer.

.DESCRIPTION
    Conditional forwarders are kept in Active Directory, so one controller writes them for
    all. Addresses that exist only once a directory is made are read from parameters of
    Systems Manager. A zone that holds names is never replaced: the configuration stops.

.EXAMPLE
    . .\forwarders.ps1
    $data = Import-PowerShellDataFile -Path .\forwarders.psd1
    $arguments = @{
        ConfigurationData = $data
        OutputPath        = '.\forwarders'
    }
    HadForwarders @arguments

.NOTES
    Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
#>
configuration HadForwarders
{
    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'

    node $AllNodes.NodeName
    {
        # trust directory aws/forest corp:forwarder[forest corp]
        Script 'aws.example.com'
        {
            GetScript  = {
                $zone = Get-DnsServerZone -Name 'aws.example.com' -ErrorAction SilentlyContinue

                return @{ Result = [System.String] ($zone.MasterServers -join ' ') }
            }
            SetScript  = {
                $addresses = foreach ($source in @('/had/corp/dns/aws.example.com/1', '/had/corp/dns/aws.example.com/2'))
                {
                    if ($source.StartsWith('/'))
                    {
                        $source = (Get-SSMParameter -Name $source -Region 'eu-west-1').Value
                    }

                    [System.Net.IPAddress]::Parse($source).IPAddressToString
                }

                if ($null -eq (Get-DnsServerZone -Name 'aws.example.com' -ErrorAction SilentlyContinue))
                {
                    Add-DnsServerConditionalForwarderZone -Name 'aws.example.com' -MasterServers $addresses -ReplicationScope 'Domain'
                    return
                }

                Set-DnsServerConditionalForwarderZone -Name 'aws.example.com' -MasterServers $addresses
            }
            TestScript = {
                $zone = Get-DnsServerZone -Name 'aws.example.com' -ErrorAction SilentlyContinue

                if ($null -eq $zone)
                {
                    return $false
                }

                # A zone of another kind holds names, and moving a forwarder removes it first: a person decides.
                if ($zone.ZoneType -ne 'Forwarder')
                {
                    throw 'A zone aws.example.com is there and is not a conditional forwarder.'
                }

                if (-not $zone.IsDsIntegrated -or $zone.ReplicationScope -ne 'Domain')
                {
                    throw 'The conditional forwarder aws.example.com is there and is not replicated as Domain.'
                }

                # A name with a slash in front is a parameter of Systems Manager, whose value is an address.
                $addresses = foreach ($source in @('/had/corp/dns/aws.example.com/1', '/had/corp/dns/aws.example.com/2'))
                {
                    if ($source.StartsWith('/'))
                    {
                        $source = (Get-SSMParameter -Name $source -Region 'eu-west-1').Value
                    }

                    [System.Net.IPAddress]::Parse($source).IPAddressToString
                }

                return ($zone.MasterServers.IPAddressToString -join ' ') -eq ($addresses -join ' ')
            }
        }
    }
}
