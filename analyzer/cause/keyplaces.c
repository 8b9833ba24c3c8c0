#include "analyzer/cause/keyplaces.h"

#include "analyzer/base/domain.h"

static void place_clear(void *place)
{
    g_free(((KeyPlace *)place)->name);
}

static void add(GArray *places, KeyPlaceFault fault, char *name)
{
    g_array_append_vals(places, &(KeyPlace){.name = name, .fault = fault}, 1);
}

GArray *key_places(const char *selector, const char *domain)
{
    static const char *const joints[] = {"._domainkeys.", "._dkim.", "_domainkey.", "."};
    GArray *places = g_array_new(FALSE, FALSE, sizeof(KeyPlace));
    g_array_set_clear_func(places, place_clear);
    add(places, KEY_PLACE_DOUBLED,
        g_strdup_printf("%s._domainkey.%s.%s", selector, domain, domain));
    add(places, KEY_PLACE_NO_UNDERSCORE, g_strdup_printf("%s.domainkey.%s", selector, domain));
    for (size_t i = 0; i < G_N_ELEMENTS(joints); i++)
        add(places, KEY_PLACE_LABEL, g_strconcat(selector, joints[i], domain, NULL));
    add(places, KEY_PLACE_LABEL, g_strdup_printf("_domainkey.%s", domain));
    for (const char *above = domain_parent(domain); above && domain_parent(above);
         above = domain_parent(above))
        add(places, KEY_PLACE_LEVEL, g_strdup_printf("%s._domainkey.%s", selector, above));
    return places;
}
