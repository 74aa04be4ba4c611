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
    Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
    ComputerManagementDsc 10.0.0
    NetworkingDsc 9.1.0
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
    Import-DscResource -ModuleName 'DnsServerDsc' -ModuleVersion '3.0.3'

    node $AllNodes.NodeName
    {
        WindowsFeature 'AD-Domain-Services'
        {
            Name   = 'AD-Domain-Services'
            Ensure = 'Present'
        }

        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        WindowsFeature 'DNS'
        {
            Name   = 'DNS'
            Ensure = 'Present'
        }

        WindowsFeature 'RSAT-DNS-Server'
        {
            Name   = 'RSAT-DNS-Server'
            Ensure = 'Present'
        }

        Script 'Ntds'
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

        WaitForADDomain 'Domain'
        {
            DomainName  = 'corp.example.com'
            WaitTimeout = 900
            Credential  = $PromotionCredential
        }

        if ($Node.NodeName -eq 'dc-aws-1')
        {
            Script 'ComputerName'
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
                DependsOn  = @('[WaitForADDomain]Domain')
            }
        }

        if ($Node.NodeName -eq 'dc-aws-2')
        {
            # forest corp/controller dc-aws-2:configuration
            Script 'ComputerName'
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
                DependsOn  = @('[WaitForADDomain]Domain')
            }
        }

        Computer 'Computer'
        {
            Name       = $Node.NodeName
            DomainName = 'corp.example.com'
            Credential = $PromotionCredential
            DependsOn  = @('[WaitForADDomain]Domain', '[Script]ComputerName')
        }

        ADDomainController 'Promotion'
        {
            DomainName                    = 'corp.example.com'
            SiteName                      = 'AWS-eu-west-1'
            IsGlobalCatalog               = $true
            InstallDns                    = $true
            DatabasePath                  = 'D:\NTDS'
            LogPath                       = 'D:\NTDS'
            SysvolPath                    = 'D:\SYSVOL'
            Credential                    = $PromotionCredential
            SafemodeAdministratorPassword = $SafeModeCredential
            DependsOn                     = @(
                '[WindowsFeature]AD-Domain-Services'
                '[WindowsFeature]DNS'
                '[Script]Ntds'
                '[Computer]Computer'
            )
        }

        NetAdapterName 'Primary'
        {
            NewName                        = 'Primary'
            Status                         = 'Up'
            IgnoreMultipleMatchingAdapters = $true
        }

        DnsServerAddress 'DnsClient'
        {
            InterfaceAlias = 'Primary'
            AddressFamily  = 'IPv4'
            Address        = $Node.DnsServers
            Validate       = $false
            DependsOn      = @('[ADDomainController]Promotion', '[NetAdapterName]Primary')
        }

        DnsServerForwarder 'VpcResolver'
        {
            IsSingleInstance = 'Yes'
            IPAddresses      = @('169.254.169.253')
            UseRootHint      = $false
            DependsOn        = @('[ADDomainController]Promotion')
        }

        Script 'TimeSource'
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
            DependsOn  = @('[ADDomainController]Promotion')
        }

        WindowsFeature 'Windows-Server-Backup'
        {
            Name   = 'Windows-Server-Backup'
            Ensure = 'Present'
        }

        Script 'Backup'
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

        ScheduledTask 'SystemStateBackup'
        {
            TaskName           = 'SystemStateBackup'
            TaskPath           = '\had\'
            ActionExecutable   = 'C:\Windows\System32\wbadmin.exe'
            ActionArguments    = 'start systemstatebackup -backupTarget:E: -quiet'
            ScheduleType       = 'Daily'
            DaysInterval       = 1
            StartTime          = '2020-01-01T02:00:00'
            BuiltInAccount     = 'SYSTEM'
            RunLevel           = 'Highest'
            StartWhenAvailable = $true
            Ensure             = 'Present'
            DependsOn          = @(
                '[ADDomainController]Promotion'
                '[WindowsFeature]Windows-Server-Backup'
                '[Script]Backup'
            )
        }

        ScheduledTask 'SystemStateRetention'
        {
            TaskName           = 'SystemStateRetention'
            TaskPath           = '\had\'
            ActionExecutable   = 'C:\Windows\System32\wbadmin.exe'
            ActionArguments    = 'delete systemstatebackup -keepVersions:30 -quiet'
            ScheduleType       = 'Daily'
            DaysInterval       = 1
            StartTime          = '2020-01-01T06:00:00'
            BuiltInAccount     = 'SYSTEM'
            RunLevel           = 'Highest'
            StartWhenAvailable = $true
            Ensure             = 'Present'
            DependsOn          = @(
                '[ADDomainController]Promotion'
                '[WindowsFeature]Windows-Server-Backup'
                '[Script]Backup'
            )
        }
    }
}
