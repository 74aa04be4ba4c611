<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER AdministrationCredential
    Account that administers the domain or forest.
    Secret: ad/corp/administration

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        AdministrationCredential = Get-Credential -Message 'ad/corp/administration'
        ConfigurationData        = $data
        OutputPath               = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
#>
configuration HadDomainController
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
        # forest corp:scripts
        Script 'trust-local-side-0'
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

        Script 'trust-local-side-1'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                if ($null -eq $trust)
                {
                    # The password is read now and kept nowhere.
                    $secret = Get-SECSecretValue -SecretId 'ad/trust/aws-corp' -Region 'eu-west-1'
                    $password = $secret.SecretString

                    if ([System.String]::IsNullOrEmpty($password))
                    {
                        throw 'The secret of the trust with xn--bcher-kva.example has no password.'
                    }

                    $direction = [System.DirectoryServices.ActiveDirectory.TrustDirection]::Inbound
                    $local.CreateLocalSideOfTrustRelationship('xn--bcher-kva.example', $direction, $password)
                }

                $local.SetSelectiveAuthenticationStatus('xn--bcher-kva.example', $true)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                if ($null -eq $trust)
                {
                    return $false
                }

                # A trust in another direction is somebody's decision: it is neither changed nor made again.
                if ([System.String] $trust.TrustDirection -ne 'Inbound')
                {
                    throw 'The trust with xn--bcher-kva.example exists, and not as Inbound.'
                }

                return $local.GetSelectiveAuthenticationStatus('xn--bcher-kva.example') -eq $true
            }
            PsDscRunAsCredential = $AdministrationCredential
        }

        Script 'trust-local-side-2'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                if ($null -eq $trust)
                {
                    # The password is read now and kept nowhere.
                    $secret = Get-SECSecretValue -SecretId 'ad/trust/aws-corp' -Region 'eu-west-1'
                    $password = $secret.SecretString

                    if ([System.String]::IsNullOrEmpty($password))
                    {
                        throw 'The secret of the trust with xn--bcher-kva.example has no password.'
                    }

                    $direction = [System.DirectoryServices.ActiveDirectory.TrustDirection]::Outbound
                    $local.CreateLocalSideOfTrustRelationship('xn--bcher-kva.example', $direction, $password)
                }

                $local.SetSelectiveAuthenticationStatus('xn--bcher-kva.example', $false)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                if ($null -eq $trust)
                {
                    return $false
                }

                # A trust in another direction is somebody's decision: it is neither changed nor made again.
                if ([System.String] $trust.TrustDirection -ne 'Outbound')
                {
                    throw 'The trust with xn--bcher-kva.example exists, and not as Outbound.'
                }

                return $local.GetSelectiveAuthenticationStatus('xn--bcher-kva.example') -eq $false
            }
            PsDscRunAsCredential = $AdministrationCredential
        }

        Script 'data-volume-0'
        {
            GetScript  = {
                $volume = Get-Volume -DriveLetter 'D' -ErrorAction SilentlyContinue

                return @{ Result = [System.String] $volume.FileSystemLabel }
            }
            SetScript  = {
                # Numbers of disks change between starts; AWS's tool says which disk is which device of the instance.
                $tool = Join-Path -Path $env:ProgramData -ChildPath 'Amazon\Tools\ebsnvme-id.exe'
                $number = $null
                $device = $null

                foreach ($line in (& $tool))
                {
                    if ($line -match '^Disk Number: (\d+)')
                    {
                        $number = [System.UInt32] $Matches[1]
                    }
                    elseif ($line -match '^Device Name: (/dev/)?xvdf\s*$')
                    {
                        $device = $number
                    }
                }

                if ($null -eq $device)
                {
                    throw 'The volume xvdf is not attached.'
                }

                $disk = Get-Disk -Number $device

                if ($disk.IsOffline)
                {
                    Set-Disk -Number $device -IsOffline $false
                }

                if ($disk.IsReadOnly)
                {
                    Set-Disk -Number $device -IsReadOnly $false
                }

                if ($disk.PartitionStyle -eq 'RAW')
                {
                    Initialize-Disk -Number $device -PartitionStyle 'GPT'
                }

                # A disk with something on it is brought back as it is, or left alone; it is never formatted.
                $partition = Get-Partition -DiskNumber $device -ErrorAction SilentlyContinue |
                    Where-Object -FilterScript { $_.Type -eq 'Basic' } | Select-Object -First 1

                if ($null -ne $partition)
                {
                    if (($partition | Get-Volume).FileSystemLabel -ne 'NTDS')
                    {
                        throw 'The volume xvdf holds something else than NTDS, and is left as it is.'
                    }

                    Set-Partition -DiskNumber $device -PartitionNumber $partition.PartitionNumber -NewDriveLetter 'D'
                    return
                }

                $null = New-Partition -DiskNumber $device -UseMaximumSize -DriveLetter 'D'
                $null = Format-Volume -DriveLetter 'D' -FileSystem 'NTFS' -NewFileSystemLabel 'NTDS' -Confirm:$false
            }
            TestScript = {
                $volume = Get-Volume -DriveLetter 'D' -ErrorAction SilentlyContinue

                return $null -ne $volume -and $volume.FileSystemLabel -eq 'NTDS'
            }
        }

        Script 'data-volume-1'
        {
            GetScript  = {
                $volume = Get-Volume -DriveLetter 'E' -ErrorAction SilentlyContinue

                return @{ Result = [System.String] $volume.FileSystemLabel }
            }
            SetScript  = {
                # Numbers of disks change between starts; AWS's tool says which disk is which device of the instance.
                $tool = Join-Path -Path $env:ProgramData -ChildPath 'Amazon\Tools\ebsnvme-id.exe'
                $number = $null
                $device = $null

                foreach ($line in (& $tool))
                {
                    if ($line -match '^Disk Number: (\d+)')
                    {
                        $number = [System.UInt32] $Matches[1]
                    }
                    elseif ($line -match '^Device Name: (/dev/)?xvdg\s*$')
                    {
                        $device = $number
                    }
                }

                if ($null -eq $device)
                {
                    throw 'The volume xvdg is not attached.'
                }

                $disk = Get-Disk -Number $device

                if ($disk.IsOffline)
                {
                    Set-Disk -Number $device -IsOffline $false
                }

                if ($disk.IsReadOnly)
                {
                    Set-Disk -Number $device -IsReadOnly $false
                }

                if ($disk.PartitionStyle -eq 'RAW')
                {
                    Initialize-Disk -Number $device -PartitionStyle 'GPT'
                }

                # A disk with something on it is brought back as it is, or left alone; it is never formatted.
                $partition = Get-Partition -DiskNumber $device -ErrorAction SilentlyContinue |
                    Where-Object -FilterScript { $_.Type -eq 'Basic' } | Select-Object -First 1

                if ($null -ne $partition)
                {
                    if (($partition | Get-Volume).FileSystemLabel -ne 'BACKUP')
                    {
                        throw 'The volume xvdg holds something else than BACKUP, and is left as it is.'
                    }

                    Set-Partition -DiskNumber $device -PartitionNumber $partition.PartitionNumber -NewDriveLetter 'E'
                    return
                }

                $null = New-Partition -DiskNumber $device -UseMaximumSize -DriveLetter 'E'
                $null = Format-Volume -DriveLetter 'E' -FileSystem 'NTFS' -NewFileSystemLabel 'BACKUP' -Confirm:$false
            }
            TestScript = {
                $volume = Get-Volume -DriveLetter 'E' -ErrorAction SilentlyContinue

                return $null -ne $volume -and $volume.FileSystemLabel -eq 'BACKUP'
            }
        }

        Script 'trust-encryption-0'
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
        }

        Script 'conditional-forwarder-0'
        {
            GetScript  = {
                $zone = Get-DnsServerZone -Name 'aws.example.com' -ErrorAction SilentlyContinue

                return @{ Result = [System.String] ($zone.MasterServers -join ' ') }
            }
            SetScript  = {
                $addresses = foreach ($source in @('10.17.0.20', '2001:db8::53'))
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
                $addresses = foreach ($source in @('10.17.0.20', '2001:db8::53'))
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

        Script 'conditional-forwarder-1'
        {
            GetScript  = {
                $zone = Get-DnsServerZone -Name 'xn--bcher-kva.example' -ErrorAction SilentlyContinue

                return @{ Result = [System.String] ($zone.MasterServers -join ' ') }
            }
            SetScript  = {
                $addresses = foreach ($source in @('10.17.0.20', '2001:db8::53'))
                {
                    if ($source.StartsWith('/'))
                    {
                        $source = (Get-SSMParameter -Name $source -Region 'eu-west-1').Value
                    }

                    [System.Net.IPAddress]::Parse($source).IPAddressToString
                }

                if ($null -eq (Get-DnsServerZone -Name 'xn--bcher-kva.example' -ErrorAction SilentlyContinue))
                {
                    Add-DnsServerConditionalForwarderZone -Name 'xn--bcher-kva.example' -MasterServers $addresses -ReplicationScope 'Forest'
                    return
                }

                Set-DnsServerConditionalForwarderZone -Name 'xn--bcher-kva.example' -MasterServers $addresses
            }
            TestScript = {
                $zone = Get-DnsServerZone -Name 'xn--bcher-kva.example' -ErrorAction SilentlyContinue

                if ($null -eq $zone)
                {
                    return $false
                }

                # A zone of another kind holds names, and moving a forwarder removes it first: a person decides.
                if ($zone.ZoneType -ne 'Forwarder')
                {
                    throw 'A zone xn--bcher-kva.example is there and is not a conditional forwarder.'
                }

                if (-not $zone.IsDsIntegrated -or $zone.ReplicationScope -ne 'Forest')
                {
                    throw 'The conditional forwarder xn--bcher-kva.example is there and is not replicated as Forest.'
                }

                # A name with a slash in front is a parameter of Systems Manager, whose value is an address.
                $addresses = foreach ($source in @('10.17.0.20', '2001:db8::53'))
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

        Script 'computer-name-0'
        {
            GetScript  = {
                $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                return @{ Result = [System.String] $system.Domain }
            }
            SetScript  = {
                # The test says yes, or stops: there is nothing to change.
                Write-Verbose -Message 'The name dc-aws-1 is free in aws.example.com.'
            }
            TestScript = {
                if ((Get-CimInstance -ClassName 'Win32_ComputerSystem').PartOfDomain)
                {
                    return $true
                }

                $secret = Get-SECSecretValue -SecretId 'ad/trust/aws-corp' -Region 'eu-west-1'
                $account = ConvertFrom-Json -InputObject $secret.SecretString
                $root = New-Object -TypeName 'System.DirectoryServices.DirectoryEntry' -ArgumentList @(
                    'LDAP://aws.example.com', $account.Username, $account.Password)
                $searcher = New-Object -TypeName 'System.DirectoryServices.DirectorySearcher' -ArgumentList @(
                    $root, '(&(objectCategory=computer)(sAMAccountName=dc-aws-1$))')

                if ($null -ne $searcher.FindOne())
                {
                    throw 'A computer dc-aws-1 is in aws.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                }

                return $true
            }
        }

        Script 'first-administrator-0'
        {
            GetScript  = {
                $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                return @{ Result = [System.String] $system.DomainRole }
            }
            SetScript  = {
                $secret = Get-SECSecretValue -SecretId 'ad/trust/aws-corp' -Region 'eu-west-1'
                $account = ConvertFrom-Json -InputObject $secret.SecretString

                if ([System.String]::IsNullOrEmpty($account.Password))
                {
                    throw 'The secret of the first administrator has no password.'
                }

                $password = New-Object -TypeName 'System.Security.SecureString'

                foreach ($character in $account.Password.ToCharArray())
                {
                    $password.AppendChar($character)
                }

                # The account is known by its number: its name may be another one on this image.
                $administrator = Get-LocalUser | Where-Object -FilterScript { $_.SID.Value.EndsWith('-500') }
                Set-LocalUser -SID $administrator.SID -Password $password
            }
            TestScript = {
                # 4 and 5 are controllers: their first administrator has the password, and may have changed it.
                return (Get-CimInstance -ClassName 'Win32_ComputerSystem').DomainRole -ge 4
            }
        }

        Script 'time-source-0'
        {
            GetScript  = {
                $time = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'

                return @{ Result = [System.String] $time.Type }
            }
            SetScript  = {
                $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'
                Set-ItemProperty -Path $path -Name 'Type' -Value 'NT5DS'

                if ((Get-ItemProperty -Path $path).Type -eq 'NTP')
                {
                    Set-ItemProperty -Path $path -Name 'NtpServer' -Value '169.254.169.123,0x9'
                }

                Restart-Service -Name 'W32Time'
            }
            TestScript = {
                $time = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'

                if ($time.Type -ne 'NT5DS')
                {
                    return $false
                }

                return $time.Type -ne 'NTP' -or $time.NtpServer -eq '169.254.169.123,0x9'
            }
        }

        Script 'time-source-1'
        {
            GetScript  = {
                $time = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'

                return @{ Result = [System.String] $time.Type }
            }
            SetScript  = {
                $path = 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'
                Set-ItemProperty -Path $path -Name 'Type' -Value 'NTP'

                if ((Get-ItemProperty -Path $path).Type -eq 'NTP')
                {
                    Set-ItemProperty -Path $path -Name 'NtpServer' -Value '169.254.169.123,0x9'
                }

                Restart-Service -Name 'W32Time'
            }
            TestScript = {
                $time = Get-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters'

                if ($time.Type -ne 'NTP')
                {
                    return $false
                }

                return $time.Type -ne 'NTP' -or $time.NtpServer -eq '169.254.169.123,0x9'
            }
        }

        Script 'trust-authentication-0'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return @{ Result = [System.String] $local.GetSelectiveAuthenticationStatus('aws.example.com') }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                $local.SetSelectiveAuthenticationStatus('aws.example.com', $false)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()

                return $local.GetSelectiveAuthenticationStatus('aws.example.com') -eq $false
            }
            PsDscRunAsCredential = $AdministrationCredential
        }

        Script 'trust-authentication-1'
        {
            GetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()

                return @{ Result = [System.String] $local.GetSelectiveAuthenticationStatus('xn--bcher-kva.example') }
            }
            SetScript            = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()

                $local.SetSelectiveAuthenticationStatus('xn--bcher-kva.example', $true)
            }
            TestScript           = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()

                return $local.GetSelectiveAuthenticationStatus('xn--bcher-kva.example') -eq $true
            }
            PsDscRunAsCredential = $AdministrationCredential
        }
    }
}
