<#
.SYNOPSIS
    Makes Windows servers on EC2 domain controllers.

.DESCRIPTION
    Joins and promotes the machines, and sets up what needs a domain controller to run
    on. A machine restarts after the join and after the promotion; the configuration is
    applied again after each restart, until nothing is left to do.

.EXAMPLE
    . .\domain-controller.ps1
    $data = Import-PowerShellDataFile -Path .\domain-controller.psd1
    $arguments = @{
        ConfigurationData = $data
        OutputPath        = '.\domain-controller'
    }
    HadDomainController @arguments

.NOTES
    Made by had 1.0.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
#>
configuration HadDomainController
{
    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'

    node $AllNodes.NodeName
    {
        # forest corp:scripts
        Script 'trust-local-side-0'
        {
            GetScript  = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'aws.example.com' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript  = {
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
            TestScript = {
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
        }

        Script 'trust-local-side-1'
        {
            GetScript  = {
                $local = [System.DirectoryServices.ActiveDirectory.Domain]::GetComputerDomain()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript  = {
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
            TestScript = {
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
        }

        Script 'trust-local-side-2'
        {
            GetScript  = {
                $local = [System.DirectoryServices.ActiveDirectory.Forest]::GetCurrentForest()
                $trust = $local.GetAllTrustRelationships() |
                    Where-Object -FilterScript { $_.TargetName -eq 'xn--bcher-kva.example' }

                return @{ Result = [System.String] $trust.TrustDirection }
            }
            SetScript  = {
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
            TestScript = {
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

                # A disk with something on it is brought back as it is and never formatted.
                if ($disk.PartitionStyle -ne 'RAW')
                {
                    $partition = Get-Partition -DiskNumber $device | Where-Object -FilterScript { $_.Type -eq 'Basic' } |
                        Select-Object -First 1
                    Set-Partition -DiskNumber $device -PartitionNumber $partition.PartitionNumber -NewDriveLetter 'D'
                    return
                }

                Initialize-Disk -Number $device -PartitionStyle 'GPT'
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

                # A disk with something on it is brought back as it is and never formatted.
                if ($disk.PartitionStyle -ne 'RAW')
                {
                    $partition = Get-Partition -DiskNumber $device | Where-Object -FilterScript { $_.Type -eq 'Basic' } |
                        Select-Object -First 1
                    Set-Partition -DiskNumber $device -PartitionNumber $partition.PartitionNumber -NewDriveLetter 'E'
                    return
                }

                Initialize-Disk -Number $device -PartitionStyle 'GPT'
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
            GetScript  = {
                $trust = Get-ADTrust -Identity 'aws.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                return @{ Result = [System.String] $trust.'msDS-SupportedEncryptionTypes' }
            }
            SetScript  = {
                $trust = Get-ADTrust -Identity 'aws.example.com'

                Set-ADObject -Identity $trust.DistinguishedName -Replace @{ 'msDS-SupportedEncryptionTypes' = 24 }
            }
            TestScript = {
                $trust = Get-ADTrust -Identity 'aws.example.com' -Properties 'msDS-SupportedEncryptionTypes'

                # 8 and 16: AES with keys of 128 and 256 bits.
                return ($trust.'msDS-SupportedEncryptionTypes' -band 24) -eq 24
            }
        }
    }
}
