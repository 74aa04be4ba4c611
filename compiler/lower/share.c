/* Directories shared with accounts: the share in the owner's account, its acceptance in the other.
 */
#include "lower/ad.h"

struct had_node *had_share_of(struct had_lowering *l, const struct had_object *directory,
                              const struct had_object *account, had_str region)
{
    const struct had_object *share = had_spec_find(
        l->spec, had_str_printf(l->arena, "share " HAD_FMT "/" HAD_FMT, HAD_ARG(directory->address),
                                HAD_ARG(account->address)));
    had_str key = account->address;
    if (!had_str_eq(region, had_region_code(directory)))
        key = had_str_printf(l->arena, HAD_FMT "," HAD_FMT, HAD_ARG(account->address),
                             HAD_ARG(region));
    struct had_node *acceptance = had_lower_find(l, share, "acceptance", key);
    return acceptance ? acceptance : had_lower_find(l, share, "share", key);
}

/* Shares do not travel with added Regions: each has its own. */
static void share_in(struct had_lowering *l, const struct had_object *share,
                     const struct had_object *directory, const struct had_object *account,
                     had_str region, had_str key, const struct had_node *added)
{
    struct had_node *on = had_lower_find(l, directory, "directory", HAD_NO_KEY);
    struct had_span span = share->span;
    if (!on)
        return;
    struct had_place place =
        had_place_at(had_context_account(l, had_object_account(directory), region), HAD_LAYER_TRUST,
                     HAD_PHASE_RESOURCE_FOREST);
    bool organization = had_str_is(had_get_text(share, "method"), "organization");
    struct had_node *node = had_lower_node(l, share, "had::DirectoryShare", "share", key, place);
    had_lower_read(l, node, "DirectoryId", on, "Id", share->subject.span);
    had_node_set(l->graph, node, "Account",
                 had_prop_account_id(l, account, had_get_span(share, "with")));
    had_lower_c(l, node, "Method", organization ? "ORGANIZATIONS" : "HANDSHAKE",
                had_get_span(share, "method"));
    had_lower_set(l, node, "Note", share, "note");
    had_directory_lane(l, node, directory);
    had_lower_need(l, node, added, "a Region is shared once it is added", span);
    if (organization) {
        had_lower_need(l, node, had_lower_find(l, l->organization, "access", HAD_STR("ds")),
                       "shares within the organization need trusted access", span);
        return;
    }
    struct had_node *acceptance =
        had_lower_node(l, share, "had::DirectoryShareAcceptance", "acceptance", key,
                       had_place_at(had_context_account(l, account, region), HAD_LAYER_TRUST,
                                    HAD_PHASE_RESOURCE_FOREST));
    had_lower_read(l, acceptance, "SharedDirectoryId", node, "SharedDirectoryId", span);
    had_lower_edge(l, acceptance, node, HAD_SEES, HAD_UNTIL_EXISTS,
                   "an invitation is accepted once it has arrived", span);
    had_lower_edge(l, node, acceptance, HAD_OUTLIVES, HAD_UNTIL_EXISTS,
                   "a share ends after its acceptance", span);
}

void had_lower_directory_share(struct had_lowering *l)
{
    had_each_object(share, had_spec_kind(l->spec, "share")) {
        const struct had_object *directory =
            share->subject.tag == HAD_VALUE_REF ? share->subject.object : NULL;
        const struct had_object *account = had_get_object(share, "with");
        if (!directory || !account)
            continue;
        share_in(l, share, directory, account, had_region_code(directory), account->address, NULL);
        for (uint32_t i = 0; i < directory->children.count; i++) {
            const struct had_object *replica = directory->children.items[i];
            if (!had_is(replica, "replica"))
                continue;
            had_str region = had_region_code(had_get_object(replica, "spoke"));
            share_in(l, share, directory, account, region,
                     had_str_printf(l->arena, HAD_FMT "," HAD_FMT, HAD_ARG(account->address),
                                    HAD_ARG(region)),
                     had_lower_find(l, replica, "region", HAD_NO_KEY));
        }
    }
}
