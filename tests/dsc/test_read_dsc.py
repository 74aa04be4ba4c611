#!/usr/bin/env python3
"""Tests of the strict reader: it takes every golden, and catches every change that breaks one."""
import pathlib
import shutil
import tempfile
import unittest

import read_dsc

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "unit" / "emit_dsc" / "golden"

FOREST = "forest/dsc/corp/forest.ps1"
FOREST_DATA = "forest/dsc/corp/forest.psd1"
FOREST_LCM = "forest/dsc/corp/forest.lcm.ps1"
FOREST_MOF = "forest/dsc/corp/forest/dc-aws-1.mof"
CONTROLLERS = "domain-controllers/dsc/corp/domain-controller.ps1"
CONTROLLERS_DATA = "domain-controllers/dsc/corp/domain-controller.psd1"
TRUST = "trusts/dsc/corp/trust.ps1"
TRUST_MOF = "trusts/dsc/corp/trust/dc-aws-1.mof"
FORWARDERS = "trusts/dsc/corp/forwarders.ps1"
LATER_MOF = "later/dsc/corp/domain-controller/dc-aws-1.mof"
ADMIN = "directory-admin/dsc/aws/directory-admin.ps1"
LATER = "later/dsc/corp/domain-controller.ps1"

# name: file, text, replacement (all once), words of the message
MUTATIONS = {
    # bytes
    "line feed alone": (FOREST, "{\r\n    [Cmdlet", "{\n    [Cmdlet", "not CR LF"),
    "tab": (FOREST, "    node $AllNodes", "\tnode $AllNodes", "a tab"),
    "trailing blank": (FOREST, "    node $AllNodes.NodeName\r\n", "    node $AllNodes.NodeName \r\n", "blanks at the end"),
    "no final line end": (FOREST, "    }\r\n}\r\n", "    }\r\n}", "does not end in CR LF"),
    "empty last line": (FOREST, "    }\r\n}\r\n", "    }\r\n}\r\n\r\n", "empty line at the end"),
    "not ASCII without mark": (FOREST, "Ireland", "\u00c9ire", "no byte order mark"),
    "mark on ASCII": (FOREST_DATA, "# Machines of", "\ufeff# Machines of", "byte order mark on plain ASCII"),
    "broken UTF-8": (ADMIN, "Z\u00fcrich", b"Z\xfcrich", "not UTF-8"),
    "control character": (FOREST, "Ireland", "Ire\x07land", "control character"),
    # tokens
    "missing brace": (FOREST, "        WindowsFeature 'RSAT-AD-PowerShell'\r\n        {\r\n",
                      "        WindowsFeature 'RSAT-AD-PowerShell'\r\n", "is expected instead"),
    "extra brace": (FOREST, "    }\r\n}\r\n", "    }\r\n}\r\n}\r\n", "text behind"),
    "missing equals sign": (FOREST, "Name   = 'RSAT-AD-PowerShell'", "Name     'RSAT-AD-PowerShell'", "is not expected"),
    "missing value": (FOREST, "Ensure = 'Present'\r\n        }\r\n\r\n        WaitForADDomain",
                      "Ensure =\r\n        }\r\n\r\n        WaitForADDomain", "is not expected"),
    "bare word": (FOREST, "Name   = 'RSAT-AD-PowerShell'", "Name   = RSAT-AD-PowerShell", "neither a literal"),
    "double quotes": (FOREST, "Name   = 'RSAT-AD-PowerShell'", 'Name   = "RSAT-AD-PowerShell"', "neither a literal"),
    "undoubled quote": (FOREST, "Ireland''s", "Ireland's", "neither a literal"),
    "curly quote in a text": (ADMIN, "ERP servers", "ERP\u2019 servers", "neither a literal"),
    "curly quotes that inject": (ADMIN, "ERP servers'", "ERP\u2019; calc #'", "neither a literal"),
    "doubled curly quotes": (ADMIN, "ERP servers", "ERP\u2019\u2019 servers", "neither a literal"),
    "command behind a text": (FOREST, "Ireland''s'", "Ireland''s'; calc", "neither a literal"),
    "subexpression": (FOREST, "Cost                          = 100", "Cost                          = $(100)", "neither a literal"),
    "concatenation": (FOREST, "= 'DUBLIN-AWS-eu-west-1'", "= 'DUBLIN-' + 'AWS-eu-west-1'", "neither a literal"),
    "ended comment": (FOREST, "    Secret: ad/corp/administration", "    Secret: #> calc <#", "ends a comment"),
    "spec text in a comment": (FOREST, "# forest corp:sites", "# forest $(corp):sites", "is not expected"),
    "token of Systems Manager": (FOREST, "'AWS Region eu-west-1, Ireland''s'", "'{SSM:/secret}'", "token that is expanded"),
    "dynamic reference": (FOREST, "'AWS Region eu-west-1, Ireland''s'", "'{{resolve:ssm:x}}'", "token that is expanded"),
    "number with a leading zero": (FOREST, "= 100", "= 0100", "neither a literal"),
    "trailing comma": (FOREST, "@('DUBLIN', 'AWS-eu-west-1')", "@('DUBLIN', 'AWS-eu-west-1', )", "in a list"),
    "column of the equals signs": (FOREST, "            Cost                          = 100",
                                   "            Cost = 100", "in the column"),
    # structure
    "unknown resource": (FOREST, "WindowsFeature 'RSAT", "WindowsFeatures 'RSAT", "is not known"),
    "resource without a name": (FOREST, "WindowsFeature 'RSAT-AD-PowerShell'", "WindowsFeature", "does not begin"),
    "misspelt configuration": (FOREST, "configuration HadForest", "configuraton HadForest", "is expected instead"),
    "other configuration": (FOREST, "configuration HadForest", "configuration HadDirectoryAdmin", "is expected instead"),
    "unpinned module": (FOREST, " -ModuleVersion '6.7.0'", "", "is not expected"),
    "other version": (FOREST, "'ActiveDirectoryDsc' -ModuleVersion '6.7.0'", "'ActiveDirectoryDsc' -ModuleVersion '6.6.0'", "is not known"),
    "module not imported": (FOREST, "    Import-DscResource -ModuleName 'PSDscResources' -ModuleVersion '2.12.0.0'\r\n", "", "is not imported"),
    "module for nothing": (FOREST, "    Import-DscResource -ModuleName 'PSD",
                           "    Import-DscResource -ModuleName 'StorageDsc' -ModuleVersion '6.0.1'\r\n    Import-DscResource -ModuleName 'PSD", "is not used"),
    "parameter of another name": (FOREST, "        $SiteAdministrationCredential\r\n    )", "        $SiteAdministrationCredentials\r\n    )", "differ"),
    "optional parameter": (FOREST, "Mandatory = $true", "Mandatory = $false", "is expected instead"),
    "plain text parameter": (FOREST, "[System.Management.Automation.PSCredential]", "[System.String]", "not a credential"),
    "help of a parameter": (FOREST, ".PARAMETER SiteAdministrationCredential\r\n", "", "differ"),
    "no notes": (FOREST, ".NOTES\r\n", "", "no .NOTES"),
    "property twice": (FOREST, "            Ensure = 'Present'\r\n        }\r\n\r\n        WaitForADDomain",
                       "            Ensure = 'Present'\r\n            ensure = 'Present'\r\n        }\r\n\r\n        WaitForADDomain", "is given twice"),
    "depends on not last": (FOREST, "            Credential = $SiteAdministrationCredential\r\n            DependsOn  = @('[WindowsFeature]RSAT-AD-PowerShell')\r\n",
                            "            DependsOn  = @('[WindowsFeature]RSAT-AD-PowerShell')\r\n            Credential = $SiteAdministrationCredential\r\n", "not the last"),
    # schema
    "no key": (FOREST, "            Name   = 'RSAT-AD-PowerShell'\r\n", "", "lacks Name"),
    "no required property": (FOREST, "            Name                 = '10.16.0.0/16'\r\n            Site                 = 'AWS-eu-west-1'\r\n",
                             "            Name                 = '10.16.0.0/16'\r\n", "lacks Site"),
    "read property": (FOREST, "            Name   = 'RSAT-AD-PowerShell'\r\n            Ensure = 'Present'",
                      "            Name        = 'RSAT-AD-PowerShell'\r\n            DisplayName = 'Present'", "no property DisplayName"),
    "unknown property": (FOREST, "            Name   = 'RSAT-AD-PowerShell'\r\n            Ensure = 'Present'",
                         "            Name   = 'RSAT-AD-PowerShell'\r\n            Ensurx = 'Present'", "no property Ensurx"),
    "word that is not allowed": (TRUST, "= 'Outbound'", "= 'outbound'", "cannot be"),
    "number out of range": (FOREST, "ReplicationFrequencyInMinutes = 15", "ReplicationFrequencyInMinutes = 5", "not a number from"),
    "number off the step": (FOREST, "ReplicationFrequencyInMinutes = 15", "ReplicationFrequencyInMinutes = 20", "multiple of 15"),
    "text for a number": (FOREST, "= 100", "= '100'", "not a number from"),
    "text for a truth value": (FOREST, "OptionTwoWaySync              = $false", "OptionTwoWaySync              = 'False'", "truth value"),
    "truth value for a text": (FOREST, "Location             = ''\r\n            Description          = 'AWS eu-west-1'\r\n            Ensure               = 'Present'\r\n            PsDscRunAsCredential = $SiteAdministrationCredential\r\n            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')\r\n        }\r\n\r\n        ADReplicationSubnet '10.17",
                               "Location             = $true\r\n            Description          = 'AWS eu-west-1'\r\n            Ensure               = 'Present'\r\n            PsDscRunAsCredential = $SiteAdministrationCredential\r\n            DependsOn            = @('[ADReplicationSite]AWS-eu-west-1')\r\n        }\r\n\r\n        ADReplicationSubnet '10.17", "not a text"),
    "list for a text": (FOREST, "Name   = 'RSAT-AD-PowerShell'", "Name   = @('RSAT-AD-PowerShell')", "not a text"),
    "text for a list": (FOREST, "@('DUBLIN', 'AWS-eu-west-1')", "'DUBLIN'", "not a list"),
    "option left out": (FOREST, "            OptionTwoWaySync              = $false\r\n", "", "lacks OptionTwoWaySync"),
    "no credential": (CONTROLLERS, "            Credential                    = $PromotionCredential\r\n", "", "lacks Credential"),
    "removed": (TRUST, "Ensure               = 'Present'", "Ensure               = 'Absent'", "is removed"),
    "trust made anew": (TRUST, "AllowTrustRecreation = $false", "AllowTrustRecreation = $true", "is never True"),
    "name with a quotation mark": (ADMIN, "Name                            = 'ERP'", "Name                            = 'E''P'", "holds what it cannot"),
    "destructive property": (CONTROLLERS, "            FSLabel        = 'NTDS'", "            ClearDisk      = $true", "never set"),
    "resource of another role": (ADMIN, "ADReplicationSite 'AWS", "ADReplicationSiteLink 'AWS", "no place in the role"),
    "same name twice": (FOREST, "ADReplicationSubnet '10.17.0.0-16'", "ADReplicationSubnet '10.16.0.0-16'", "there twice"),
    "same key twice": (FOREST, "= '10.17.0.0/16'", "= '10.16.0.0/16'", "keys of another"),
    "waits for nothing": (FOREST, "@('[WaitForADDomain]corp.example.com')", "@('[WaitForADDomain]corp.example.org')", "does not have"),
    "waits for itself": (FOREST, "@('[WindowsFeature]RSAT-AD-PowerShell')", "@('[ADReplicationSite]AWS-eu-west-1')", "waits for itself"),
    "waits not for the promotion": (CONTROLLERS, "@('[ADDomainController]promotion')\r\n            }\r\n        }\r\n",
                                    "@('[WindowsFeature]DNS')\r\n            }\r\n        }\r\n", "is in the domain"),
    "secret as a text": (FOREST, "Credential = $SiteAdministrationCredential\r\n            DependsOn  =",
                         "Credential = 'P@ssw0rd'\r\n            DependsOn  =", "not a credential"),
    # scripts
    "other script": (TRUST, "throw 'The secret", "calc 'The secret", "not one of the fixed"),
    "domain in a script": (TRUST, "SetSelectiveAuthenticationStatus('aws.example.com', $false)",
                           "SetSelectiveAuthenticationStatus('aws.example.org', $false)", "two values"),
    "address in a script": (FORWARDERS, "'10.18.0.10', '10.18.1.10'", "'10.18.0.10', $(calc)", "not one of the fixed"),
    "addresses that differ": (FORWARDERS, "@('10.18.0.10', '10.18.1.10'))\r\n                {\r\n                    if ($source.StartsWith('/'))\r\n                    {\r\n                        $source = (Get-SSMParameter -Name $source -Region 'eu-west-1').Value\r\n                    }\r\n\r\n                    [System.Net.IPAddress]::Parse($source).IPAddressToString\r\n                }\r\n\r\n                if ($null",
                              "@('10.18.0.11', '10.18.1.10'))\r\n                {\r\n                    if ($source.StartsWith('/'))\r\n                    {\r\n                        $source = (Get-SSMParameter -Name $source -Region 'eu-west-1').Value\r\n                    }\r\n\r\n                    [System.Net.IPAddress]::Parse($source).IPAddressToString\r\n                }\r\n\r\n                if ($null", "two values"),
    "line in a script": (TRUST, "                    return $false\r\n", "                    return $false\r\n                    calc\r\n",
                         "number of lines"),
    # data
    "key that the data lack": (CONTROLLERS, "$Node.DnsServers", "$Node.NameServers", "is not in the data"),
    "key that nobody uses": (CONTROLLERS_DATA, "            NodeName   = 'dc-aws-2'\r\n", "            NodeName   = 'dc-aws-2'\r\n            Site       = 'AWS'\r\n", "is not used"),
    "lone machine": (CONTROLLERS_DATA, "    AllNodes = @(\r\n", "    AllNodes = @{\r\n", "is expected instead"),
    "code in the data": (CONTROLLERS_DATA, "= 'vol0123456789abcdef0'", "= (Get-Disk)", "not a literal"),
    "machine twice": (CONTROLLERS_DATA, "'dc-aws-2'", "'DC-AWS-1'", "there twice"),
    "machine with a long name": (CONTROLLERS_DATA, "'dc-aws-2'", "'dc-aws-2-and-more'", "not the name of a computer"),
    "condition on an unknown machine": (CONTROLLERS, "-eq 'dc-aws-1'", "-eq 'dc-aws-9'", "condition on other"),
    "table as a value": (LATER, "$DiskId[$Node.NodeName]", "$DiskId", "not used as a table"),
    # settings of the local configuration manager
    "repairs by itself": (FOREST_LCM, "'ApplyAndMonitor'", "'ApplyAndAutoCorrect'", "differ"),
    "restarts by itself": (FOREST_LCM, "RebootNodeIfNeeded = $false", "RebootNodeIfNeeded = $true", "differ"),
    # MOF
    "password in MOF": (FOREST_MOF, "read from Secrets Manager on the machine", "P@ssw0rd", "name of a secret"),
    "other value in MOF": (FOREST_MOF, "Cost = 100", "Cost = 200", "differs between"),
    "other secret in MOF": (TRUST_MOF, 'UserName = "ad/shop/administration"', 'UserName = "ad/corp/other"', "differs between"),
    "other parameter in MOF": (LATER_MOF, 'ConnectionSpecificSuffix = "{ssm:/had/aws/suffix}"', 'ConnectionSpecificSuffix = "{ssm:/had/aws/other}"', "differs between"),
    "token in a list": (FOREST_MOF, 'SitesIncluded = {"DUBLIN"', 'SitesIncluded = {"{ssm:/had/site}"', "token in a list"),
    "unescaped quote in MOF": (FOREST_MOF, "Ireland's", 'Ireland"s', "is not expected"),
    "other module in MOF": (FOREST_MOF, '"PSDscResources"', '"PSDesiredStateConfiguration"', "another module"),
    "compatible version": (FOREST_MOF, 'MinimumCompatibleVersion = "2.0.0"', 'MinimumCompatibleVersion = "1.0.0"', "properties differ"),
    "alias that is not there": (FOREST_MOF, "Credential = $MSFT_Credential1ref;\r\n DependsOn = {\"[W", "Credential = $MSFT_Credential9ref;\r\n DependsOn = {\"[W", "not defined"),
}


def read(folder):
    reader = read_dsc.Reader()
    reader.read(folder)
    return reader


class Goldens(unittest.TestCase):
    def test_all(self):
        cases = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
        self.assertGreaterEqual(len(cases), 5)
        for case in cases:
            with self.subTest(case=case.name):
                self.assertEqual(read(case).problems, [])

    def test_missing_file(self):
        for name in (FOREST_DATA, FOREST_LCM):
            with tempfile.TemporaryDirectory() as folder:
                shutil.copytree(GOLDEN / "forest", f"{folder}/forest")
                pathlib.Path(folder, name).unlink()
                self.assertIn("is missing", "\n".join(read(folder).problems))

    def test_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertTrue(read(folder).problems)


class Mutations(unittest.TestCase):
    def test_all(self):
        self.assertGreaterEqual(len(MUTATIONS), 25)
        for name, (path, old, new, message) in MUTATIONS.items():
            with self.subTest(mutation=name), tempfile.TemporaryDirectory() as folder:
                case = path.split("/")[0]
                shutil.copytree(GOLDEN / case, f"{folder}/{case}")
                file = pathlib.Path(folder, path)
                data = file.read_bytes()
                old = old.encode()
                new = new if isinstance(new, bytes) else new.encode()
                self.assertIn(old, data, "the golden no longer has what is changed")
                file.write_bytes(data.replace(old, new, 1))
                problems = "\n".join(read(folder).problems)
                self.assertIn(message, problems)


if __name__ == "__main__":
    unittest.main()
