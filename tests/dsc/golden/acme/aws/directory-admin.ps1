<#
.SYNOPSIS
    Administers AWS Managed Microsoft AD from a member server.

.DESCRIPTION
    The directory's controllers belong to AWS; only what AWS delegates is set, from a
    member server with the remote administration tools. Sites may be renamed, not added.

.PARAMETER DirectoryAdministrationCredential
    The directory's administrator, or an account that AWS delegated groups hold.
    Secret: ad/aws/admin

.EXAMPLE
    . .\directory-admin.ps1
    $data = Import-PowerShellDataFile -Path .\directory-admin.psd1
    $data.AllNodes[0].CertificateFile = $certificatePath
    $data.AllNodes[0].Thumbprint = $certificate.Thumbprint
    $arguments = @{
        DirectoryAdministrationCredential = Get-Credential -Message 'ad/aws/admin'
        ConfigurationData                 = $data
        OutputPath                        = '.\directory-admin'
    }
    HadDirectoryAdmin @arguments

.NOTES
    Made by had 0.1.0 from the spec acme-identity; change the spec, not this file.
    For Windows PowerShell 5.1; the machine needs exactly these module versions:
    PSDscResources 2.12.0.0
    ActiveDirectoryDsc 6.7.0
#>
configuration HadDirectoryAdmin
{
    [CmdletBinding()]
    param
    (
        [Parameter(Mandatory = $true)]
        [ValidateNotNullOrEmpty()]
        [System.Management.Automation.PSCredential]
        $DirectoryAdministrationCredential
    )

    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'
    Import-DscResource -ModuleName 'ActiveDirectoryDsc' -ModuleVersion '6.7.0'

    node $AllNodes.NodeName
    {
        # directory aws:ous
        WindowsFeature 'RSAT-AD-PowerShell'
        {
            Name   = 'RSAT-AD-PowerShell'
            Ensure = 'Present'
        }

        ADOrganizationalUnit 'OU-ERP-OU-Computers-OU-AWS-DC-aws-DC-example-DC-com'
        {
            Name                            = 'ERP'
            Path                            = 'OU=Computers,OU=AWS,DC=aws,DC=example,DC=com'
            Ensure                          = 'Present'
            ProtectedFromAccidentalDeletion = $true
            Credential                      = $DirectoryAdministrationCredential
            DependsOn                       = @('[WindowsFeature]RSAT-AD-PowerShell')
        }

        # directory aws:site
        ADReplicationSite 'AWS-eu-west-1'
        {
            Name                       = 'AWS-eu-west-1'
            RenameDefaultFirstSiteName = $true
            Ensure                     = 'Present'
            PsDscRunAsCredential       = $DirectoryAdministrationCredential
            DependsOn                  = @('[WindowsFeature]RSAT-AD-PowerShell')
        }
    }
}
