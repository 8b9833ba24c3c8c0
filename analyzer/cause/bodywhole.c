/* bodywhole.c - one change to every line of a kind, undone: dots, From_, line ends, blank lines,
 * tabs, wrapping. */
#include "analyzer/cause/bodysearch.h"

#include <string.h>

enum {
    SUBSET_LINES = 9,   /* up to so many touched lines, every subset is tried */
    SINGLES_MAX = 4000, /* lines that are tried one by one */
    NARROWEST = 40,     /* octets: narrower than this nobody wraps */
};

/* Appends what a line was before; true when that differs from what it is. */
typedef bool (*LineUndo)(Span line, const void *context, GString *out);

static void append_line(GString *out, Span line)
{
    g_string_append_len(out, line.p, (gssize)line.n);
    g_string_append_len(out, "\r\n", 2);
}

static bool propose_text(BodySearch *search, const BodyView *view, GString *text, const char *kind,
                         const char *detail)
{
    Piece piece = piece_text(span_of(text->str, text->len));
    return body_propose(search, view, &piece, 1, kind, detail, KEEP_AS_BASE);
}

/* One pass over all lines is paid for, whether it finds something or not. */
static bool pay_pass(BodySearch *search, const BodyView *view)
{
    enum { LINE_PRICE = 32 };
    return body_work(search, view->lines->text.n + view->lines->n * LINE_PRICE);
}

/* --- lines one by one --- */

/* The body with `undo` done on the lines whose place in `touched` has its bit set in `subset`. */
static GString *undone(const BodyView *view, LineUndo undo, const void *context,
                       const GArray *touched, uint32_t subset)
{
    GString *out = g_string_sized_new(view->lines->text.n + 64);
    guint next = 0;
    for (size_t i = 0; i < view->lines->n; i++) {
        bool here = next < touched->len && g_array_index(touched, size_t, next) == i;
        if (here && (next >= 32 || (subset >> next & 1)))
            undo(view->lines->lines[i], context, out);
        else
            g_string_append_len(out, view->lines->lines[i].p, (gssize)view->lines->lines[i].n);
        next += here;
        g_string_append_len(out, "\r\n", 2);
    }
    return out;
}

static GArray *touched_lines(const BodyView *view, LineUndo undo, const void *context)
{
    GArray *touched = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_autoptr(GString) scratch = g_string_new(NULL);
    for (size_t i = 0; i < view->lines->n; i++) {
        g_string_truncate(scratch, 0);
        if (undo(view->lines->lines[i], context, scratch))
            g_array_append_val(touched, i);
    }
    return touched;
}

/* All touched lines, then, when they are few, every subset of them. */
static bool try_lines(BodySearch *search, const BodyView *view, LineUndo undo, const void *context,
                      const char *kind, const char *detail)
{
    if (!pay_pass(search, view))
        return false;
    g_autoptr(GArray) touched = touched_lines(view, undo, context);
    if (touched->len == 0)
        return false;
    uint32_t all = touched->len < 32 ? (1u << touched->len) - 1 : UINT32_MAX;
    g_autoptr(GString) whole = undone(view, undo, context, touched, all);
    if (propose_text(search, view, whole, kind, detail))
        return true;
    for (uint32_t subset = 1; touched->len <= SUBSET_LINES && subset < all && !body_done(search);
         subset++) {
        g_autoptr(GString) text = undone(view, undo, context, touched, subset);
        Piece piece = piece_text(span_of(text->str, text->len));
        if (body_propose(search, view, &piece, 1, kind, detail, KEEP_NOT))
            return true;
    }
    return false;
}

static bool undo_stuffing(Span line, const void *context, GString *out)
{
    (void)context;
    bool stuffed = line.n >= 2 && line.p[0] == '.' && line.p[1] == '.';
    g_string_append_len(out, line.p + stuffed, (gssize)(line.n - stuffed));
    return stuffed;
}

/* ">From ", ">>From ": mboxrd and mboxo add one ">". */
static bool undo_from(Span line, const void *context, GString *out)
{
    (void)context;
    size_t marks = 0;
    while (marks < line.n && line.p[marks] == '>')
        marks++;
    bool escaped = marks > 0 && line.n >= marks + 5 && memcmp(line.p + marks, "From ", 5) == 0;
    g_string_append_len(out, line.p + escaped, (gssize)(line.n - escaped));
    return escaped;
}

static bool undo_cr(Span line, const void *context, GString *out)
{
    (void)context;
    size_t n = line.n;
    while (n > 0 && line.p[n - 1] == '\r')
        n--;
    g_string_append_len(out, line.p, (gssize)n);
    return n < line.n;
}

/* The signature delimiter of text mail is "-- "; its space is the one most often stripped. */
static bool undo_stripped_dashes(Span line, const void *context, GString *out)
{
    (void)context;
    g_string_append_len(out, line.p, (gssize)line.n);
    if (!span_is(line, "--"))
        return false;
    g_string_append_c(out, ' ');
    return true;
}

/* format=flowed (RFC 3676 §4.1): a line that goes on ends in a space. */
static bool try_flowed(BodySearch *search, const BodyView *view)
{
    const Field *type = source_field(search->input->source, "content-type", 0);
    g_autofree char *format = type ? leaf_parameter(type->value, "format") : NULL;
    if (search->oracle.canon != CANON_SIMPLE || !format ||
        g_ascii_strcasecmp(format, "flowed") != 0)
        return false;
    g_autoptr(GString) text = g_string_sized_new(view->lines->text.n + 64);
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i],
             next = i + 1 < view->lines->n ? view->lines->lines[i + 1] : (Span){"", 0};
        bool dashes = span_is(line, "--"),
             goes_on = line.n > 0 && next.n > 0 && !span_is(next, "--");
        g_string_append_len(text, line.p, (gssize)line.n);
        g_string_append(text,
                        dashes || (goes_on && !byte_is_wsp(line.p[line.n - 1])) ? " \r\n" : "\r\n");
    }
    return propose_text(search, view, text, "body-white-space", "trailing space removed");
}

static bool undo_trailing_space(Span line, const void *context, GString *out)
{
    (void)context;
    size_t n = line.n;
    while (n > 0 && byte_is_wsp(line.p[n - 1]))
        n--;
    g_string_append_len(out, line.p, (gssize)n);
    return n < line.n;
}

static bool undo_one_trailing_space(Span line, const void *context, GString *out)
{
    (void)context;
    bool space = line.n > 0 && line.p[line.n - 1] == ' ';
    g_string_append_len(out, line.p, (gssize)(line.n - space));
    return space;
}

/* Spaces that end at a tab stop were a tab. */
static bool undo_expansion(Span line, const void *context, GString *out)
{
    size_t stop = *(const size_t *)context;
    bool changed = false;
    size_t column = 0;
    for (size_t i = 0; i < line.n;) {
        size_t spaces = 0, to_stop = stop - column % stop;
        while (i + spaces < line.n && line.p[i + spaces] == ' ' && spaces < to_stop)
            spaces++;
        if (spaces == to_stop && (to_stop > 1 || (i > 0 && line.p[i - 1] != ' '))) {
            g_string_append_c(out, '\t');
            i += spaces;
            column += spaces;
            changed |= true;
        } else {
            g_string_append_c(out, line.p[i++]);
            column++;
        }
    }
    return changed;
}

/* Leading runs only: "\t" became `width` spaces. */
static bool undo_indent(Span line, const void *context, GString *out)
{
    size_t width = *(const size_t *)context, i = 0;
    while (i + width <= line.n) {
        size_t spaces = 0;
        while (spaces < width && line.p[i + spaces] == ' ')
            spaces++;
        if (spaces < width)
            break;
        g_string_append_c(out, '\t');
        i += width;
    }
    g_string_append_len(out, line.p + i, (gssize)(line.n - i));
    return i > 0;
}

/* Everywhere: every run of `width` spaces was a tab. */
static bool undo_runs(Span line, const void *context, GString *out)
{
    size_t width = *(const size_t *)context;
    bool changed = false;
    for (size_t i = 0; i < line.n;) {
        size_t spaces = 0;
        while (i + spaces < line.n && spaces < width && line.p[i + spaces] == ' ')
            spaces++;
        if (spaces == width) {
            g_string_append_c(out, '\t');
            changed = true;
            i += width;
        } else {
            g_string_append_c(out, line.p[i++]);
        }
    }
    return changed;
}

static bool try_tabs(BodySearch *search, const BodyView *view)
{
    static const size_t widths[] = {8, 4, 2, 3};
    if (search->oracle.canon != CANON_SIMPLE)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++)
        if (try_lines(search, view, undo_expansion, &widths[i], "body-tabs-expanded", NULL) ||
            try_lines(search, view, undo_indent, &widths[i], "body-tabs-expanded", NULL) ||
            try_lines(search, view, undo_runs, &widths[i], "body-tabs-expanded", NULL))
            return true;
    return false;
}

/* A dot that was taken although nobody had doubled it: which line it was cannot be seen, so every
 * line is asked. */
static bool try_lost_dots(BodySearch *search, const BodyView *view)
{
    for (size_t i = 0; i < MIN(view->lines->n, (size_t)SINGLES_MAX) && !body_done(search); i++) {
        g_autoptr(GString) line = g_string_new(".");
        append_line(line, view->lines->lines[i]);
        if (body_propose_lines(search, view, i, i + 1, span_of(line->str, line->len),
                               "body-dots-lost", NULL, KEEP_NOT))
            return true;
    }
    return false;
}

/* --- line ends and blank lines --- */

/* The received body with every bare LF read as a line end. */
static bool try_bare_lf(BodySearch *search, const BodyView *view)
{
    g_autoptr(GString) text = g_string_sized_new(view->lines->text.n + 64);
    bool some = false;
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i];
        for (size_t j = 0; j < line.n; j++) {
            if (line.p[j] == '\n') {
                g_string_append_c(text, '\r');
                some = true;
            }
            g_string_append_c(text, line.p[j]);
        }
        g_string_append_len(text, "\r\n", 2);
    }
    return some && propose_text(search, view, text, "body-bare-lf", NULL);
}

static bool try_added_blank(BodySearch *search, const BodyView *view)
{
    static const char *const blank[] = {"\r\n", "\r\n\r\n", "\r\n\r\n\r\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(blank); i++)
        if (body_propose_lines(search, view, 0, 0, span_str(blank[i]), "body-blank-lines",
                               "at the top", i == 0 ? KEEP_AS_BASE : KEEP_NOT))
            return true;
    return false;
}

typedef enum BlankHabit {
    BLANK_EVERY_SECOND,
    BLANK_RUNS_TO_ONE,
    BLANK_ALL,
    BLANK_ONE_OF_RUN
} BlankHabit;

/* Blank lines that somebody put in, left out again by one habit. */
static GString *without_blanks(const BodyView *view, BlankHabit habit)
{
    GString *out = g_string_sized_new(view->lines->text.n);
    size_t run = 0;
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i];
        run = line.n == 0 ? run + 1 : 0;
        bool out_every_second = habit == BLANK_EVERY_SECOND && i % 2 == 1 && line.n == 0;
        bool out_of_run = habit == BLANK_RUNS_TO_ONE && run > 1;
        bool out_half_run = habit == BLANK_ONE_OF_RUN && run > 0 && run % 2 == 0;
        if (out_every_second || out_of_run || out_half_run || (habit == BLANK_ALL && run > 0))
            continue;
        append_line(out, line);
    }
    return out;
}

static bool try_doubled_blanks(BodySearch *search, const BodyView *view)
{
    static const BlankHabit habits[] = {BLANK_EVERY_SECOND, BLANK_RUNS_TO_ONE, BLANK_ONE_OF_RUN,
                                        BLANK_ALL};
    for (size_t i = 0; i < G_N_ELEMENTS(habits) && pay_pass(search, view); i++) {
        g_autoptr(GString) text = without_blanks(view, habits[i]);
        if (propose_text(search, view, text, "body-blank-lines", NULL))
            return true;
    }
    return false;
}

/* One blank line too few or too many, anywhere. */
static bool try_single_blanks(BodySearch *search, const BodyView *view)
{
    size_t n = MIN(view->lines->n, (size_t)SINGLES_MAX);
    for (size_t i = 0; i < n && !body_done(search); i++) {
        bool blank = view->lines->lines[i].n == 0;
        if (blank && body_propose_lines(search, view, i, i + 1, (Span){"", 0}, "body-blank-lines",
                                        NULL, KEEP_NOT))
            return true;
        if (body_propose_lines(search, view, i, i, SPAN_LIT("\r\n"), "body-blank-lines", NULL,
                               KEEP_NOT))
            return true;
    }
    return false;
}

/* --- wrapping --- */

typedef struct Join {
    size_t width;     /* lines of exactly this length go on in the next */
    const char *tail; /* what the breaker put at the end ("!"), counted in width */
    size_t drop;      /* white space octets that it put before the next line */
} Join;

/* Whether line i was broken at its end. Some breakers count what they put before a continued line,
 * some do not. */
static bool breaks_here(const BodyView *view, const Join *join, size_t i, bool continued)
{
    Span line = view->lines->lines[i];
    size_t tail = strlen(join->tail);
    bool full = line.n == join->width || (continued && line.n == join->width + join->drop);
    if (i + 1 >= view->lines->n || !full || line.n < tail)
        return false;
    if (memcmp(line.p + line.n - tail, join->tail, tail) != 0)
        return false;
    Span next = view->lines->lines[i + 1];
    return next.n >= join->drop && (join->drop == 0 || byte_is_wsp(next.p[0]));
}

static GString *joined(const BodyView *view, const Join *join, bool *some)
{
    GString *out = g_string_sized_new(view->lines->text.n);
    bool goes_on = false;
    *some = false;
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i];
        bool breaks = breaks_here(view, join, i, goes_on);
        if (goes_on)
            line = span_from(line, join->drop);
        if (breaks)
            line.n -= strlen(join->tail);
        g_string_append_len(out, line.p, (gssize)line.n);
        if (!breaks)
            g_string_append_len(out, "\r\n", 2);
        *some |= breaks;
        goes_on = breaks;
    }
    return out;
}

/* Lengths that many lines share, longest first: where a breaker cuts. */
static GArray *likely_widths(const BodyView *view)
{
    enum { WIDTHS_MAX = 12 };
    g_autoptr(GHashTable) counts = g_hash_table_new(g_direct_hash, g_direct_equal);
    GArray *widths = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t longest = 0;
    for (size_t i = 0; i < view->lines->n; i++) {
        size_t n = view->lines->lines[i].n;
        longest = MAX(longest, n);
        if (n >= NARROWEST)
            g_hash_table_insert(
                counts, GSIZE_TO_POINTER(n),
                GSIZE_TO_POINTER(
                    GPOINTER_TO_SIZE(g_hash_table_lookup(counts, GSIZE_TO_POINTER(n))) + 1));
    }
    for (size_t n = longest; n >= NARROWEST && widths->len < WIDTHS_MAX && longest - n < 40; n--)
        if (g_hash_table_contains(counts, GSIZE_TO_POINTER(n)))
            g_array_append_val(widths, n);
    static const size_t usual[] = {998, 997, 990, 996, 999, 1000, 76, 78, 72};
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (usual[i] < longest && g_hash_table_contains(counts, GSIZE_TO_POINTER(usual[i])))
            g_array_append_val(widths, usual[i]);
    return widths;
}

static bool try_broken_lines(BodySearch *search, const BodyView *view)
{
    g_autoptr(GArray) widths = likely_widths(view);
    for (guint i = 0; i < widths->len && !body_done(search); i++) {
        size_t width = g_array_index(widths, size_t, i);
        const Join joins[] = {
            {width, "", 0}, {width, "", 1}, {width, "!", 1}, {width, "!", 0}, {width, "=", 0}};
        for (size_t j = 0; j < G_N_ELEMENTS(joins) && pay_pass(search, view); j++) {
            bool some;
            g_autoptr(GString) text = joined(view, &joins[j], &some);
            g_autofree char *detail = g_strdup_printf("%zu", width);
            const char *kind = width >= 900 ? "body-long-lines-broken" : "body-lines-wrapped";
            if (some && propose_text(search, view, text, kind, detail))
                return true;
        }
    }
    return false;
}

static bool propose_wrapping(BodySearch *search, const BodyView *view, GString *text,
                             const char *detail, bool keep)
{
    Piece piece = piece_text(span_of(text->str, text->len));
    return body_propose(search, view, &piece, 1, "body-lines-wrapped", detail,
                        keep ? KEEP_AS_BASE : KEEP_NOT);
}

static size_t first_word(Span line)
{
    size_t n = 0;
    while (n < line.n && !byte_is_wsp(line.p[n]))
        n++;
    return n;
}

/* Text wrapped at words: a line goes on when the next line's first word would not have fitted. */
static bool goes_on_at(const BodyView *view, size_t i, size_t width)
{
    Span line = view->lines->lines[i];
    Span next = i + 1 < view->lines->n ? view->lines->lines[i + 1] : (Span){"", 0};
    return line.n > 0 && line.n <= width && next.n > 0 && !byte_is_wsp(next.p[0]) &&
           line.n + 1 + first_word(next) > width;
}

/* Joined at the places whose bit is set, places past the 31st always. *places: how many there are.
 */
static GString *unwrapped(const BodyView *view, size_t width, uint32_t subset, size_t *places)
{
    GString *out = g_string_sized_new(view->lines->text.n);
    *places = 0;
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i];
        g_string_append_len(out, line.p, (gssize)line.n);
        bool place = goes_on_at(view, i, width),
             join = place && (*places > 31 || (subset >> *places & 1));
        if (!join)
            g_string_append_len(out, "\r\n", 2);
        else if (!byte_is_wsp(line.p[line.n - 1]))
            g_string_append_c(out, ' ');
        *places += place;
    }
    return out;
}

/* A line may have ended where a wrapper would have ended it too: where these are few, every subset.
 */
static bool try_unwrapped(BodySearch *search, const BodyView *view, size_t width, size_t places)
{
    g_autofree char *detail = g_strdup_printf("%zu", width);
    for (uint32_t subset = 1;
         places <= SUBSET_LINES && subset < (1u << places) - 1 && !body_done(search); subset++) {
        g_autoptr(GString) text = unwrapped(view, width, subset, &places);
        if (propose_wrapping(search, view, text, detail, false))
            return true;
    }
    return false;
}

/* Widths that people and programs wrap at, and those that the longest line suggests: words that are
 * longer than the width stand alone on a line. */
static bool try_wrapped_words(BodySearch *search, const BodyView *view)
{
    enum { USUAL_FROM = 30, USUAL_TO = 132, ABOVE = 12, WORDY_MAX = 512 * 1024 };
    size_t longest = 0;
    for (size_t i = 0; i < view->lines->n; i++)
        longest = MAX(longest, view->lines->lines[i].n);
    if (view->lines->text.n > WORDY_MAX)
        return false;
    g_autoptr(GString) last = g_string_new(NULL);
    for (size_t width = USUAL_FROM;
         width < MAX(longest, (size_t)USUAL_TO) + ABOVE && pay_pass(search, view); width++) {
        if (width > USUAL_TO && width < longest)
            width = longest;
        size_t places;
        g_autoptr(GString) text = unwrapped(view, width, UINT32_MAX, &places);
        if (places == 0 || g_string_equal(text, last))
            continue;
        g_string_assign(last, text->str);
        g_autofree char *detail = g_strdup_printf("%zu", width);
        if (propose_wrapping(search, view, text, detail, width >= longest) ||
            (!search->base && try_unwrapped(search, view, width, places)))
            return true;
    }
    return false;
}

bool body_try_whole(BodySearch *search, const BodyView *view)
{
    return try_bare_lf(search, view) ||
           try_lines(search, view, undo_cr, NULL, "body-white-space", "CR CR LF") ||
           try_lines(search, view, undo_stuffing, NULL, "body-dots-doubled", NULL) ||
           try_lines(search, view, undo_from, NULL, "body-from-escaped", NULL) ||
           try_added_blank(search, view) ||
           try_lines(search, view, undo_stripped_dashes, NULL, "body-white-space",
                     "trailing space removed") ||
           try_flowed(search, view) ||
           try_lines(search, view, undo_trailing_space, NULL, "body-white-space",
                     "trailing space added") ||
           try_lines(search, view, undo_one_trailing_space, NULL, "body-white-space",
                     "trailing space added") ||
           try_tabs(search, view) || try_doubled_blanks(search, view) ||
           try_broken_lines(search, view) || try_wrapped_words(search, view);
}

bool body_try_lines(BodySearch *search, const BodyView *view)
{
    return try_single_blanks(search, view) || try_lost_dots(search, view);
}
