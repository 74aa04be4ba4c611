<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.PARAMETER PromotionCredential
    Account that promotes the machines, with its domain: without one a promotion hangs.
    Secret: had/cloud/administrator

.PARAMETER SafeModeCredential
    Password of Directory Services Restore Mode; its user name is not used.
    Secret: had/cloud/safe-mode

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        PromotionCredential = Get-Credential -Message 'had/cloud/administrator'
        SafeModeCredential  = Get-Credential -Message 'had/cloud/safe-mode'
        ConfigurationData   = $data
        OutputPath          = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 0.1.0 from the spec forest-own; change the spec, not this file.
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

        if ($Node.NodeName -in @('dc1', 'dc2', 'lab1', 'lab2'))
        {
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

        if ($Node.NodeName -in @('dc1', 'lab1'))
        {
            Computer 'Computer'
            {
                Name = $Node.NodeName
            }
        }

        if ($Node.NodeName -eq 'dc1')
        {
            Script 'FirstAdministrator'
            {
                GetScript  = {
                    $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                    return @{ Result = [System.String] $system.DomainRole }
                }
                SetScript  = {
                    $secret = Get-SECSecretValue -SecretId 'had/cloud/administrator' -Region 'eu-west-1'
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

            ADDomain 'Promotion'
            {
                DomainName                    = 'cloud.example.com'
                DomainNetBiosName             = 'CLOUD'
                ForestMode                    = 'Win2025'
                DomainMode                    = 'Win2025'
                DatabasePath                  = 'D:\NTDS'
                LogPath                       = 'D:\NTDS'
                SysvolPath                    = 'D:\SYSVOL'
                Credential                    = $PromotionCredential
                SafeModeAdministratorPassword = $SafeModeCredential
                DependsOn                     = @(
                    '[WindowsFeature]AD-Domain-Services'
                    '[WindowsFeature]DNS'
                    '[Script]Ntds'
                    '[Computer]Computer'
                    '[Script]FirstAdministrator'
                )
            }

            ADDomainFunctionalLevel 'DomainLevel'
            {
                DomainIdentity       = 'cloud.example.com'
                DomainMode           = 'Windows2025Domain'
                PsDscRunAsCredential = $PromotionCredential
                DependsOn            = @('[ADDomain]Promotion')
            }

            ADForestFunctionalLevel 'ForestLevel'
            {
                ForestIdentity       = 'cloud.example.com'
                ForestMode           = 'Windows2025Forest'
                PsDscRunAsCredential = $PromotionCredential
                DependsOn            = @('[ADDomainFunctionalLevel]DomainLevel')
            }

            ADForestProperties 'Suffixes'
            {
                ForestName                   = 'cloud.example.com'
                UserPrincipalNameSuffixToAdd = @('example.com', 'example.net')
                Credential                   = $PromotionCredential
                DependsOn                    = @('[ADDomain]Promotion')
            }

            ADOrganizationalUnit 'OU-Servers-DC-cloud-DC-example-DC-com'
            {
                Name                            = 'Servers'
                Path                            = 'DC=cloud,DC=example,DC=com'
                Ensure                          = 'Present'
                ProtectedFromAccidentalDeletion = $true
                DependsOn                       = @('[ADDomain]Promotion')
            }

            ADOrganizationalUnit 'OU-Web-OU-Servers-DC-cloud-DC-example-DC-com'
            {
                Name                            = 'Web'
                Path                            = 'OU=Servers,DC=cloud,DC=example,DC=com'
                Ensure                          = 'Present'
                ProtectedFromAccidentalDeletion = $true
                DependsOn                       = @('[ADOrganizationalUnit]OU-Servers-DC-cloud-DC-example-DC-com')
            }
        }

        if ($Node.NodeName -in @('dc2', 'dc3', 'lab1', 'lab2'))
        {
            WaitForADDomain 'Domain'
            {
                DomainName  = $Node.AwaitedDomain
                WaitTimeout = 900
                Credential  = $PromotionCredential
            }
        }

        if ($Node.NodeName -eq 'dc2')
        {
            Script 'ComputerName'
            {
                GetScript  = {
                    $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                    return @{ Result = [System.String] $system.Domain }
                }
                SetScript  = {
                    # The test says yes, or stops: there is nothing to change.
                    Write-Verbose -Message 'The name dc2 is free in cloud.example.com.'
                }
                TestScript = {
                    if ((Get-CimInstance -ClassName 'Win32_ComputerSystem').PartOfDomain)
                    {
                        return $true
                    }

                    $secret = Get-SECSecretValue -SecretId 'had/cloud/administrator' -Region 'eu-west-1'
                    $account = ConvertFrom-Json -InputObject $secret.SecretString
                    $root = New-Object -TypeName 'System.DirectoryServices.DirectoryEntry' -ArgumentList @(
                        'LDAP://cloud.example.com', $account.Username, $account.Password)
                    $searcher = New-Object -TypeName 'System.DirectoryServices.DirectorySearcher' -ArgumentList @(
                        $root, '(&(objectCategory=computer)(sAMAccountName=dc2$))')

                    if ($null -ne $searcher.FindOne())
                    {
                        throw 'A computer dc2 is in cloud.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                    }

                    return $true
                }
                DependsOn  = @('[WaitForADDomain]Domain')
            }
        }

        if ($Node.NodeName -eq 'dc3')
        {
            # forest cloud/controller dc3:configuration
            Script 'ComputerName'
            {
                GetScript  = {
                    $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                    return @{ Result = [System.String] $system.Domain }
                }
                SetScript  = {
                    # The test says yes, or stops: there is nothing to change.
                    Write-Verbose -Message 'The name dc3 is free in cloud.example.com.'
                }
                TestScript = {
                    if ((Get-CimInstance -ClassName 'Win32_ComputerSystem').PartOfDomain)
                    {
                        return $true
                    }

                    $secret = Get-SECSecretValue -SecretId 'had/cloud/administrator' -Region 'eu-west-1'
                    $account = ConvertFrom-Json -InputObject $secret.SecretString
                    $root = New-Object -TypeName 'System.DirectoryServices.DirectoryEntry' -ArgumentList @(
                        'LDAP://cloud.example.com', $account.Username, $account.Password)
                    $searcher = New-Object -TypeName 'System.DirectoryServices.DirectorySearcher' -ArgumentList @(
                        $root, '(&(objectCategory=computer)(sAMAccountName=dc3$))')

                    if ($null -ne $searcher.FindOne())
                    {
                        throw 'A computer dc3 is in cloud.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                    }

                    return $true
                }
                DependsOn  = @('[WaitForADDomain]Domain')
            }
        }

        if ($Node.NodeName -eq 'lab2')
        {
            # forest cloud/domain lab/controller lab2:configuration
            Script 'ComputerName'
            {
                GetScript  = {
                    $system = Get-CimInstance -ClassName 'Win32_ComputerSystem'

                    return @{ Result = [System.String] $system.Domain }
                }
                SetScript  = {
                    # The test says yes, or stops: there is nothing to change.
                    Write-Verbose -Message 'The name lab2 is free in lab.cloud.example.com.'
                }
                TestScript = {
                    if ((Get-CimInstance -ClassName 'Win32_ComputerSystem').PartOfDomain)
                    {
                        return $true
                    }

                    $secret = Get-SECSecretValue -SecretId 'had/cloud/administrator' -Region 'eu-west-1'
                    $account = ConvertFrom-Json -InputObject $secret.SecretString
                    $root = New-Object -TypeName 'System.DirectoryServices.DirectoryEntry' -ArgumentList @(
                        'LDAP://lab.cloud.example.com', $account.Username, $account.Password)
                    $searcher = New-Object -TypeName 'System.DirectoryServices.DirectorySearcher' -ArgumentList @(
                        $root, '(&(objectCategory=computer)(sAMAccountName=lab2$))')

                    if ($null -ne $searcher.FindOne())
                    {
                        throw 'A computer lab2 is in lab.cloud.example.com. If it is left over, clean it up, with its server object if it was a controller.'
                    }

                    return $true
                }
                DependsOn  = @('[WaitForADDomain]Domain')
            }
        }

        if ($Node.NodeName -in @('dc2', 'dc3', 'lab2'))
        {
            Computer 'Computer'
            {
                Name       = $Node.NodeName
                DomainName = $Node.JoinedDomain
                Credential = $PromotionCredential
                DependsOn  = @('[WaitForADDomain]Domain', '[Script]ComputerName')
            }
        }

        if ($Node.NodeName -eq 'dc2')
        {
            ADDomainController 'Promotion'
            {
                DomainName                        = 'cloud.example.com'
                SiteName                          = 'AWS-Ireland'
                IsGlobalCatalog                   = $false
                InstallDns                        = $true
                FlexibleSingleMasterOperationRole = @(
                    'RIDMaster'
                    'InfrastructureMaster'
                    'DomainNamingMaster'
                )
                DatabasePath                      = 'D:\NTDS'
                LogPath                           = 'D:\NTDS'
                SysvolPath                        = 'D:\SYSVOL'
                Credential                        = $PromotionCredential
                SafemodeAdministratorPassword     = $SafeModeCredential
                DependsOn                         = @(
                    '[WindowsFeature]AD-Domain-Services'
                    '[WindowsFeature]DNS'
                    '[Script]Ntds'
                    '[Computer]Computer'
                )
            }
        }

        if ($Node.NodeName -eq 'lab1')
        {
            # forest cloud/domain lab:domain
            ADDomain 'Promotion'
            {
                DomainName                    = 'lab'
                DomainNetBiosName             = 'LAB'
                ParentDomainName              = 'cloud.example.com'
                DomainType                    = 'ChildDomain'
                DomainMode                    = 'WinThreshold'
                DatabasePath                  = 'D:\NTDS'
                LogPath                       = 'D:\NTDS'
                SysvolPath                    = 'D:\SYSVOL'
                Credential                    = $PromotionCredential
                SafeModeAdministratorPassword = $SafeModeCredential
                DependsOn                     = @(
                    '[WindowsFeature]AD-Domain-Services'
                    '[WindowsFeature]DNS'
                    '[Script]Ntds'
                    '[Computer]Computer'
                    '[WaitForADDomain]Domain'
                )
            }

            ADOrganizationalUnit 'OU-Bench-DC-lab-DC-cloud-DC-example-DC-com'
            {
                Name                            = 'Bench'
                Path                            = 'DC=lab,DC=cloud,DC=example,DC=com'
                Ensure                          = 'Present'
                ProtectedFromAccidentalDeletion = $true
                DependsOn                       = @('[ADDomain]Promotion')
            }
        }

        if ($Node.NodeName -eq 'lab2')
        {
            # forest cloud/domain lab/controller lab2:configuration
            ADDomainController 'Promotion'
            {
                DomainName                    = 'lab.cloud.example.com'
                SiteName                      = 'AWS-Ireland'
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
        }

        if ($Node.NodeName -in @('dc1', 'dc2', 'lab1', 'lab2'))
        {
            NetAdapterName 'Primary'
            {
                NewName                        = 'Primary'
                Status                         = 'Up'
                IgnoreMultipleMatchingAdapters = $true
            }
        }

        if ($Node.NodeName -in @('dc1', 'lab1'))
        {
            DnsServerAddress 'DnsClient'
            {
                InterfaceAlias = 'Primary'
                AddressFamily  = 'IPv4'
                Address        = $Node.DnsServers
                Validate       = $false
                DependsOn      = @('[ADDomain]Promotion', '[NetAdapterName]Primary')
            }

            DnsServerForwarder 'VpcResolver'
            {
                IsSingleInstance = 'Yes'
                IPAddresses      = @('169.254.169.253')
                UseRootHint      = $false
                DependsOn        = @('[ADDomain]Promotion')
            }
        }

        if ($Node.NodeName -eq 'dc1')
        {
            Script 'TimeSource'
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
                DependsOn  = @('[ADDomain]Promotion')
            }
        }

        if ($Node.NodeName -in @('dc2', 'lab2'))
        {
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
        }

        if ($Node.NodeName -eq 'dc3')
        {
            # forest cloud/controller dc3:configuration
            ADDomainController 'Promotion'
            {
                DomainName                    = 'cloud.example.com'
                SiteName                      = 'AWS-Ireland'
                IsGlobalCatalog               = $true
                InstallDns                    = $false
                ReadOnlyReplica               = $true
                DatabasePath                  = 'D:\NTDS'
                LogPath                       = 'D:\NTDS'
                SysvolPath                    = 'D:\SYSVOL'
                Credential                    = $PromotionCredential
                SafemodeAdministratorPassword = $SafeModeCredential
                DependsOn                     = @(
                    '[WindowsFeature]AD-Domain-Services'
                    '[Script]Ntds'
                    '[Computer]Computer'
                )
            }
        }

        if ($Node.NodeName -in @('dc2', 'dc3', 'lab2'))
        {
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
        }

        if ($Node.NodeName -eq 'lab1')
        {
            # forest cloud/domain lab/controller lab1:configuration
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
                DependsOn  = @('[ADDomain]Promotion')
            }
        }

        if ($Node.NodeName -in @('dc1', 'dc2', 'lab1', 'lab2'))
        {
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
        }

        if ($Node.NodeName -in @('dc1', 'lab1'))
        {
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
                    '[ADDomain]Promotion'
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
                    '[ADDomain]Promotion'
                    '[WindowsFeature]Windows-Server-Backup'
                    '[Script]Backup'
                )
            }
        }

        if ($Node.NodeName -eq 'dc1')
        {
            # forest cloud/password-policy:policy
            ADDomainDefaultPasswordPolicy 'DefaultPolicy'
            {
                DomainName               = 'cloud.example.com'
                PasswordHistoryCount     = 24
                MinPasswordLength        = 14
                LockoutThreshold         = 10
                ComplexityEnabled        = $true
                LockoutDuration          = 30
                LockoutObservationWindow = 15
                MinPasswordAge           = 1440
                MaxPasswordAge           = 129600
                Credential               = $PromotionCredential
                DependsOn                = @('[Script]TimeSource')
            }
        }

        if ($Node.NodeName -in @('dc2', 'lab2'))
        {
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
                ActionArguments    = $Node.TaskArguments
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
}
