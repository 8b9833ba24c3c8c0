/* variants_date.c - dates written another way, shifted to another zone, or set again near the
 * moment of signing. */
#include "analyzer/cause/variants.h"

#include <string.h>

static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* What people call offsets, for comments and for obsolete zones. */
static const struct {
    int zone;
    const char *name;
} zone_names[] = {
    {0, "UTC"},    {0, "GMT"},     {0, "WET"},     {60, "CET"},   {60, "BST"},   {60, "MET"},
    {60, "WEST"},  {60, "IST"},    {120, "CEST"},  {120, "EET"},  {120, "SAST"}, {120, "MEST"},
    {120, "IST"},  {180, "EEST"},  {180, "MSK"},   {180, "TRT"},  {180, "IDT"},  {330, "IST"},
    {480, "CST"},  {480, "AWST"},  {480, "SGT"},   {480, "HKT"},  {540, "JST"},  {540, "KST"},
    {600, "AEST"}, {660, "AEDT"},  {720, "NZST"},  {780, "NZDT"}, {-300, "EST"}, {-300, "CDT"},
    {-240, "EDT"}, {-240, "AST"},  {-360, "CST"},  {-360, "MDT"}, {-420, "MST"}, {-420, "PDT"},
    {-480, "PST"}, {-480, "AKDT"}, {-540, "AKST"}, {-600, "HST"}, {-180, "BRT"}, {-180, "ART"},
};

/* --- reading --- */

static bool read_number(Span text, size_t *at, size_t digits, int *value)
{
    size_t start = *at;
    *value = 0;
    while (*at < text.n && *at - start < digits && g_ascii_isdigit(text.p[*at]))
        *value = *value * 10 + (text.p[(*at)++] - '0');
    return *at > start;
}

static void skip_blanks(Span text, size_t *at)
{
    while (*at < text.n && (byte_is_fws(text.p[*at]) || text.p[*at] == ','))
        (*at)++;
}

static bool read_month(Span text, size_t *at, int *month)
{
    for (int i = 0; i < 12; i++) {
        if (span_starts_nocase(span_from(text, *at), months[i])) {
            *month = i;
            *at += 3;
            return true;
        }
    }
    return false;
}

static int read_zone(Span text, size_t at)
{
    if (at < text.n && (text.p[at] == '+' || text.p[at] == '-')) {
        bool east = text.p[at++] == '+';
        int value;
        if (!read_number(text, &at, 4, &value))
            return 0;
        int minutes = value % 100 + value / 100 * 60;
        return minutes > 14 * 60 ? 0 : east ? minutes : -minutes;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(zone_names); i++)
        if (span_starts_nocase(span_from(text, at), zone_names[i].name))
            return zone_names[i].zone;
    return 0;
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month < 2), era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 1 ? -2 : 10)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

typedef struct Parts {
    int year, month, day, hour, minute, second, weekday;
} Parts;

static Parts parts_of(int64_t time_s, int zone)
{
    int64_t local = time_s + (int64_t)zone * 60;
    int64_t days = local / 86400 - (local % 86400 < 0), second = local - days * 86400;
    int64_t z = days + 719468, era = z / 146097, of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100),
            shifted = (5 * of_year + 2) / 153;
    Parts parts = {.day = (int)(of_year - (153 * shifted + 2) / 5 + 1),
                   .month = (int)(shifted < 10 ? shifted + 2 : shifted - 10),
                   .hour = (int)(second / 3600),
                   .minute = (int)(second / 60 % 60),
                   .second = (int)(second % 60),
                   .weekday = (int)(((days + 4) % 7 + 7) % 7)};
    parts.year = (int)(year + era * 400 + (parts.month < 2));
    return parts;
}

bool variants_read_date(Span value, int64_t *time_s, int *zone)
{
    Span text = span_trim(value);
    Parts parts = {0};
    size_t at = 0;
    while (at < text.n && g_ascii_isalpha(text.p[at])) /* weekday */
        at++;
    skip_blanks(text, &at);
    if (!read_number(text, &at, 2, &parts.day))
        return false;
    while (at < text.n && (byte_is_fws(text.p[at]) || text.p[at] == '-'))
        at++;
    if (!read_month(text, &at, &parts.month))
        return false;
    while (at < text.n && (byte_is_fws(text.p[at]) || text.p[at] == '-'))
        at++;
    if (!read_number(text, &at, 4, &parts.year))
        return false;
    parts.year += parts.year < 50 ? 2000 : parts.year < 100 ? 1900 : 0;
    skip_blanks(text, &at);
    if (!read_number(text, &at, 2, &parts.hour) || at >= text.n || text.p[at++] != ':' ||
        !read_number(text, &at, 2, &parts.minute))
        return false;
    if (at < text.n && text.p[at] == ':') {
        at++;
        read_number(text, &at, 2, &parts.second);
    }
    skip_blanks(text, &at);
    if (parts.year < 1970 || parts.day < 1 || parts.day > 31 || parts.hour > 24 ||
        parts.minute > 59)
        return false;
    *zone = read_zone(text, at);
    *time_s = days_of(parts.year, parts.month, parts.day) * 86400 + parts.hour * 3600 +
              parts.minute * 60 + parts.second - (int64_t)*zone * 60;
    return true;
}

/* --- writing --- */

typedef struct DateForm {
    bool padded, weekday, seconds;
    const char *zone;    /* in place of the number, or NULL */
    const char *comment; /* without parentheses, or NULL */
} DateForm;

static void append_date(int64_t time_s, int zone, DateForm form, GString *out)
{
    Parts parts = parts_of(time_s, zone);
    if (form.weekday)
        g_string_append_printf(out, "%s, ", weekdays[parts.weekday]);
    g_string_append_printf(out, form.padded ? "%02d" : "%d", parts.day);
    g_string_append_printf(out, " %s %04d %02d:%02d", months[parts.month], parts.year, parts.hour,
                           parts.minute);
    if (form.seconds)
        g_string_append_printf(out, ":%02d", parts.second);
    int minutes = zone < 0 ? -zone : zone;
    if (form.zone)
        g_string_append_printf(out, " %s", form.zone);
    else
        g_string_append_printf(out, " %c%02d%02d", zone < 0 ? '-' : '+', minutes / 60,
                               minutes % 60);
    if (form.comment)
        g_string_append_printf(out, " (%s)", form.comment);
}

static void add_date(Variants *variants, int64_t time_s, int zone, DateForm form, Reason why)
{
    g_autoptr(GString) value = g_string_new(NULL);
    append_date(time_s, zone, form, value);
    variants_add(variants, span_of(value->str, value->len), why);
}

/* The i-th usual form for a date in a zone: day with one digit or two, with the names of the zone;
 * false when there are fewer. */
static bool nth_form(unsigned i, int zone, bool one_digit, DateForm *form)
{
    *form = (DateForm){.padded = i % 2 == 0, .weekday = true, .seconds = true};
    if (!form->padded && !one_digit)
        return false;
    i /= 2;
    if (i == 0)
        return true;
    if (zone == 0 && i == 1) {
        form->zone = "GMT";
        return true;
    }
    i -= zone == 0 ? 2 : 1;
    for (size_t j = 0; j < G_N_ELEMENTS(zone_names); j++) {
        form->comment = zone_names[j].name;
        if (zone_names[j].zone == zone && i-- == 0)
            return true;
    }
    return false;
}

/* One instant in one zone, in all the ways its day and zone are written. Cheapest: the plain
 * number, GMT, (UTC), and the first name that the zone has. */
static void add_forms(Variants *variants, int64_t time_s, int zone, Reason why)
{
    bool one_digit = parts_of(time_s, zone).day < 10;
    for (unsigned unpadded = 0; unpadded < (one_digit ? 2u : 1u); unpadded++) {
        Reason reason = {why.kind, why.cost, 0, why.detail};
        const DateForm plain = {.padded = !unpadded, .weekday = true, .seconds = true};
        DateForm form = plain;
        add_date(variants, time_s, zone, form, reason);
        static const char *const zero[] = {"GMT", "-0000", "UTC", "Z", "UT", "+00:00"};
        for (size_t i = 0; zone == 0 && i < G_N_ELEMENTS(zero); i++) {
            form.zone = zero[i];
            reason.cost = why.cost + (i > 0) + (i > 2);
            add_date(variants, time_s, zone, form, reason);
        }
        form = plain;
        reason.cost = why.cost;
        for (size_t i = 0; i < G_N_ELEMENTS(zone_names); i++) {
            form.comment = zone_names[i].name;
            if (zone_names[i].zone != zone)
                continue;
            add_date(variants, time_s, zone, form, reason);
            reason.cost = why.cost + 1;
        }
        form = plain;
        reason.cost = why.cost + 3;
        form.weekday = false;
        add_date(variants, time_s, zone, form, reason);
        form = plain;
        form.seconds = false;
        add_date(variants, time_s, zone, form, reason);
    }
}

/* The moment of signing and those of the trace, and what lies around them. */
static void add_replaced(Variants *variants, int own_zone)
{
    const Hints *hints = variants->hints;
    enum { AROUND = 120, COMMENTED = 15, NEAR = 5, INSTANTS = 6 };
    for (int64_t away = 0; away <= AROUND; away++) {
        for (guint i = 0; i < hints->times->len && i < (away <= NEAR ? INSTANTS : 1); i++) {
            int64_t around = g_array_index(hints->times, int64_t, i);
            unsigned cost = (away <= 2 ? 3u : away <= 15 ? 4u : 5u) + (i > 0);
            guint zones = away <= NEAR && i == 0 ? 15 : 3;
            for (guint z = 0; z <= zones && z <= hints->zones->len; z++) {
                int zone = z == 0 ? own_zone : g_array_index(hints->zones, int, z - 1);
                DateForm form;
                Reason why = {"header-date-replaced", cost + (z > 3), 0, NULL};
                for (int sign = -1; sign <= (away > 0 ? 1 : -1); sign += 2) {
                    int64_t time_s = around + sign * away;
                    bool one_digit = parts_of(time_s, zone).day < 10;
                    for (unsigned f = 0; f < (i == 0 && away <= COMMENTED ? 6u : 2u); f++)
                        if (nth_form(f, zone, one_digit, &form))
                            add_date(variants, time_s, zone, form, why);
                }
            }
        }
    }
}

void variants_date(Variants *variants)
{
    int64_t time_s;
    int zone = 0;
    if (variants->field && variants_read_date(variants->flat, &time_s, &zone)) {
        add_forms(variants, time_s, zone, (Reason){"header-date-reformatted", 1, 0, NULL});
        for (guint i = 0; i < variants->hints->zones->len; i++)
            add_forms(variants, time_s, g_array_index(variants->hints->zones, int, i),
                      (Reason){"header-date-reformatted",
                               i < 3    ? 1
                               : i < 15 ? 2
                                        : 3,
                               0, NULL});
    }
    size_t most = variants->most;
    variants->most = MAX(most, variants->list->atoms->len + VARIANTS_PER_SLOT);
    add_replaced(variants, zone);
    variants->most = most;
}

void variants_sweep_dates(const Hints *hints, bool (*each)(void *context, Span value),
                          void *context)
{
    enum { EARLIER = 120, LATER = 60, FORMS = 12 };
    if (hints->times->len == 0)
        return;
    int64_t around = g_array_index(hints->times, int64_t, 0);
    g_autoptr(GString) value = g_string_new(NULL);
    for (int64_t away = 0; away <= EARLIER; away++) {
        for (guint z = 0; z < hints->zones->len; z++) {
            int zone = g_array_index(hints->zones, int, z);
            for (unsigned i = 0; i < (away > 0 && away <= LATER ? 2u * FORMS : FORMS); i++) {
                DateForm form;
                int64_t time_s = i < FORMS ? around - away : around + away;
                if (!nth_form(i % FORMS, zone, parts_of(time_s, zone).day < 10, &form))
                    continue;
                g_string_truncate(value, 0);
                append_date(time_s, zone, form, value);
                if (!each(context, span_of(value->str, value->len)))
                    return;
            }
        }
    }
}

void variants_message_id(Variants *variants)
{
    for (guint i = 0; i < variants->hints->message_ids->len; i++) {
        Span id = span_str(g_ptr_array_index(variants->hints->message_ids, i));
        variants_add(variants, id, (Reason){"header-message-id-replaced", 3, 0, NULL});
    }
    Span flat = variants->flat;
    if (flat.n > 2 && flat.p[0] == '<' && flat.p[flat.n - 1] == '>') {
        variants_add(variants, span_of(flat.p + 1, flat.n - 2),
                     (Reason){"header-message-id-replaced", 3, 0, NULL});
    } else if (flat.n > 0) {
        g_autofree char *bracketed = g_strdup_printf("<%.*s>", (int)flat.n, flat.p);
        variants_add(variants, span_str(bracketed),
                     (Reason){"header-message-id-replaced", 3, 0, NULL});
    }
}
