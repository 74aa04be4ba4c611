/* ROLE.lcm.ps1: settings of the local configuration manager. */
#include "emit/dsc/write.h"

/*
 * Windows keeps a domain controller as it was set up and reports what differs; it repairs nothing
 * by itself: a repair may promote again, move a server to another site or make a zone anew.
 * Restarts belong to whoever delivers (Systems Manager answers exit code 3010), and never to two at
 * once.
 */
static const char settings[] = "            ActionAfterReboot  = 'StopConfiguration'\n"
                               "            ConfigurationMode  = 'ApplyAndMonitor'\n"
                               "            RebootNodeIfNeeded = $false\n"
                               "            RefreshMode        = 'Push'\n";

void had_dsc_write_lcm(struct had_buffer *out, const struct had_dsc_model *model,
                       const struct had_dsc_group *group)
{
    const char *role = had_dsc_role_names[group->role];
    const char *name = had_dsc_role_configurations[group->role];
    bool credentials = had_dsc_group_has_credentials(group);
    had_buffer_printf(
        out,
        "<#\n"
        ".SYNOPSIS\n"
        "    How the machines of %s.ps1 apply their configuration.\n"
        "\n"
        ".DESCRIPTION\n"
        "    A configuration is applied when it is delivered; later differences are reported and\n"
        "    not repaired. The local configuration manager never restarts the machine: whoever\n"
        "    delivers the configuration restarts it and applies it again until nothing is "
        "pending.\n",
        role);
    if (credentials)
        had_buffer_c(
            out, "\n"
                 ".PARAMETER CertificateThumbprint\n"
                 "    Thumbprint of the machine's document encryption certificate, whose private "
                 "key is on\n"
                 "    the machine. The credentials in its configuration are encrypted for it.\n");
    had_buffer_printf(out,
                      "\n"
                      ".EXAMPLE\n"
                      "    . .\\%s.lcm.ps1\n"
                      "    %sLcm -ConfigurationData .\\%s.psd1%s -OutputPath .\\lcm\n"
                      "    Set-DscLocalConfigurationManager -Path .\\lcm -Verbose\n"
                      "\n"
                      ".NOTES\n"
                      "    ",
                      role, name, role,
                      credentials ? " -CertificateThumbprint $certificate.Thumbprint" : "");
    had_dsc_write_maker(out, model);
    had_buffer_printf(out,
                      "#>\n"
                      "[DscLocalConfigurationManager()]\n"
                      "configuration %sLcm\n"
                      "{\n",
                      name);
    if (credentials)
        had_buffer_c(out, "    [CmdletBinding()]\n"
                          "    param\n"
                          "    (\n"
                          "        [Parameter(Mandatory = $true)]\n"
                          "        [ValidatePattern('^[0-9A-Fa-f]{40}$')]\n"
                          "        [System.String]\n"
                          "        $CertificateThumbprint\n"
                          "    )\n"
                          "\n");
    had_buffer_c(out, "    node $AllNodes.NodeName\n"
                      "    {\n"
                      "        Settings\n"
                      "        {\n");
    had_buffer_c(out, settings);
    if (credentials)
        had_buffer_c(out, "            CertificateID      = $CertificateThumbprint\n");
    had_buffer_c(out, "        }\n"
                      "    }\n"
                      "}\n");
}
