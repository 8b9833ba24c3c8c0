#include "cli/domainwords.h"

#include <string.h>

/* {object}, {found}, {n} and {of} are the fields of the fact. */
/* clang-format off */
static const struct {
    Level level;
    const char *text[LANGUAGES];
} words[DOMAIN_FACTS] = {
    [FACT_KEY_VALID] = {LEVEL_GOOD,
        {"The key in DNS is the configured one.",
         "De sleutel in DNS is de ingestelde."}},
    [FACT_KEY_UNCOMPARED] = {LEVEL_NOTICE,
        {"There is a usable key, but none in the profile to compare it with.",
         "Er staat een bruikbare sleutel, maar het profiel heeft er geen om mee te vergelijken."}},
    [FACT_KEY_UNKNOWN] = {LEVEL_UNKNOWN,
        {"DNS gave no answer ({found}); try again.",
         "DNS gaf geen antwoord ({found}); probeer het opnieuw."}},
    [FACT_KEY_MISSING] = {LEVEL_ERROR,
        {"There is no key record at this name.",
         "Onder deze naam staat geen sleutelrecord."}},
    [FACT_KEY_MISMATCH] = {LEVEL_ERROR,
        {"The key in DNS is not the configured one: signatures fail.",
         "De sleutel in DNS is niet de ingestelde: handtekeningen kloppen niet."}},
    [FACT_KEY_MALFORMED] = {LEVEL_ERROR,
        {"The record is no usable key ({found}).",
         "Het record is geen bruikbare sleutel ({found})."}},
    [FACT_KEY_MULTIPLE] = {LEVEL_ERROR,
        {"There are {n} records at this name; only one may stand there.",
         "Onder deze naam staan {n} records; er mag er maar één staan."}},
    [FACT_KEY_REVOKED] = {LEVEL_ERROR,
        {"The key is revoked (p= is empty), yet configured as active. A revoked key does not "
         "come back: make a new one under another selector.",
         "De sleutel is ingetrokken (p= is leeg), maar staat ingesteld als actief. Een "
         "ingetrokken sleutel komt niet terug: maak een nieuwe onder een andere selector."}},
    [FACT_KEY_TRUNCATED] = {LEVEL_ERROR,
        {"The key in the record is cut off.",
         "De sleutel in het record is afgekapt."}},
    [FACT_KEY_CUT_AT_BORDER] = {LEVEL_ERROR,
        {"The last {n} characters are missing: the record ends after {of} octets, where a string"
         " of a TXT record is full. Publish it as several strings.",
         "De laatste {n} tekens ontbreken: het record eindigt na {of} octetten, waar een "
         "tekenreeks van een TXT-record vol is. Publiceer het als meer tekenreeksen."}},
    [FACT_KEY_CUT] = {LEVEL_ERROR,
        {"The last {n} characters of p= are missing.",
         "De laatste {n} tekens van p= ontbreken."}},
    [FACT_KEY_OCTETS_MISSING] = {LEVEL_ERROR,
        {"Of the {of} octets that the key announces, {n} are missing.",
         "Van de {of} octetten die de sleutel aankondigt, ontbreken er {n}."}},
    [FACT_KEY_PIECE_LOST] = {LEVEL_ERROR,
        {"{n} characters are missing after the first {of} of p=.",
         "Na de eerste {of} tekens van p= ontbreken er {n}."}},
    [FACT_KEY_PIECE_ADDED] = {LEVEL_ERROR,
        {"There are {n} characters too many after the first {of} of p=.",
         "Na de eerste {of} tekens van p= staan er {n} te veel."}},
    [FACT_KEY_CHARACTERS] = {LEVEL_ERROR,
        {"Characters of p= that differ: {n}, the first is number {of}.",
         "Tekens van p= die afwijken: {n}, het eerste is nummer {of}."}},
    [FACT_KEY_QUOTED] = {LEVEL_ERROR,
        {"Quotation marks stand inside the record.",
         "Er staan aanhalingstekens in het record."}},
    [FACT_KEY_ESCAPED] = {LEVEL_ERROR,
        {"Backslashes stand inside the record.",
         "Er staan backslashes in het record."}},
    [FACT_KEY_PEM] = {LEVEL_ERROR,
        {"The lines BEGIN and END of a PEM file were pasted with it.",
         "De regels BEGIN en END van een PEM-bestand zijn meegeplakt."}},
    [FACT_KEY_URL_SAFE] = {LEVEL_ERROR,
        {"The key is written with - and _ instead of + and /.",
         "De sleutel is geschreven met - en _ in plaats van + en /."}},
    [FACT_KEY_NO_P] = {LEVEL_ERROR,
        {"It is the configured key without p= before it.",
         "Het is de ingestelde sleutel, zonder p= ervoor."}},
    [FACT_KEY_TAGS] = {LEVEL_ERROR,
        {"The key itself is right; the tags around it are not ({found}).",
         "De sleutel zelf klopt; de tags eromheen niet ({found})."}},
    [FACT_KEY_SPACES] = {LEVEL_NOTICE,
        {"There are {n} blanks inside p=: allowed, but not every receiver can read them.",
         "Er staan {n} spaties in p=: toegestaan, maar niet elke ontvanger kan ermee overweg."}},
    [FACT_KEY_SPLIT] = {LEVEL_ERROR,
        {"One key was spread over {n} records instead of {n} strings of one record.",
         "Eén sleutel is verdeeld over {n} records in plaats van over {n} tekenreeksen van één "
         "record."}},
    [FACT_KEY_AMONG_SEVERAL] = {LEVEL_ERROR,
        {"The configured key is one of them: take the others away.",
         "De ingestelde sleutel is er één van: haal de andere weg."}},
    [FACT_KEY_DANGLING] = {LEVEL_ERROR,
        {"The name is a CNAME to {found}, which has no record.",
         "De naam is een CNAME naar {found}, en daar staat niets."}},
    [FACT_KEY_NAME_IN_TEXT] = {LEVEL_ERROR,
        {"The TXT record holds the name {found}, meant for a CNAME.",
         "In het TXT-record staat de naam {found}, bedoeld voor een CNAME."}},
    [FACT_KEY_WILDCARD] = {LEVEL_ERROR,
        {"A wildcard gives this answer to every selector.",
         "Een wildcard geeft dit antwoord op elke selector."}},
    [FACT_KEY_FOREIGN] = {LEVEL_ERROR,
        {"Something else stands there: {found}",
         "Er staat iets anders: {found}"}},
    [FACT_KEY_OF_DOMAIN] = {LEVEL_WARNING,
        {"This key belongs to another configured domain: {object}.",
         "Deze sleutel hoort bij een ander ingesteld domein: {object}."}},
    [FACT_KEY_OF_SELECTOR] = {LEVEL_WARNING,
        {"This key belongs to another selector: {object}.",
         "Deze sleutel hoort bij een andere selector: {object}."}},
    [FACT_KEY_DOUBLED_NAME] = {LEVEL_ERROR,
        {"It stands at {object}: the form added the domain itself, so give it the name without "
         "the domain.",
         "Het staat op {object}: het formulier zette het domein er zelf achter; geef de naam op "
         "zonder het domein."}},
    [FACT_KEY_NO_UNDERSCORE] = {LEVEL_ERROR,
        {"It stands at {object}, without the underscore.",
         "Het staat op {object}, zonder underscore."}},
    [FACT_KEY_OTHER_LABEL] = {LEVEL_ERROR,
        {"It stands at {object}.",
         "Het staat op {object}."}},
    [FACT_KEY_OTHER_LEVEL] = {LEVEL_ERROR,
        {"It stands at {object}, a level too high.",
         "Het staat op {object}, een niveau te hoog."}},
    [FACT_KEY_OTHER_SIZE] = {LEVEL_ERROR,
        {"The key in DNS has {n} bits, the configured one {of}.",
         "De sleutel in DNS heeft {n} bits, de ingestelde {of}."}},
    [FACT_KEY_OTHER_TYPE] = {LEVEL_ERROR,
        {"The key in DNS is of type {found}, the configured one is not.",
         "De sleutel in DNS is van het type {found}, de ingestelde niet."}},
    [FACT_KEY_SHORT] = {LEVEL_WARNING,
        {"The key in DNS has {n} bits; {of} is today's length.",
         "De sleutel in DNS heeft {n} bits; {of} is nu de maat."}},
    [FACT_KEY_PRIVATE] = {LEVEL_ERROR,
        {"The private key is published: anybody can sign with it. Take it away at once and make "
         "a new key under another selector.",
         "De privésleutel is gepubliceerd: iedereen kan ermee ondertekenen. Haal hem meteen weg "
         "en maak een nieuwe sleutel onder een andere selector."}},
    [FACT_KEY_TESTING] = {LEVEL_NOTICE,
        {"The record says t=y: receivers may treat signed mail as unsigned.",
         "Het record zegt t=y: ontvangers mogen ondertekende mail als niet ondertekend "
         "behandelen."}},
    [FACT_KEY_HASH_EXCLUDED] = {LEVEL_ERROR,
        {"The record's h= excludes sha256, and nothing else may be used.",
         "De h= van het record sluit sha256 uit, en iets anders mag niet."}},
    [FACT_KEY_SERVICE_EXCLUDED] = {LEVEL_ERROR,
        {"The record's s= excludes mail.",
         "De s= van het record sluit mail uit."}},
    [FACT_KEY_INACTIVE_PUBLISHED] = {LEVEL_WARNING,
        {"Switched off, but still published: who has the key can sign with it.",
         "Uitgeschakeld, maar nog gepubliceerd: wie de sleutel heeft, kan ermee ondertekenen."}},
    [FACT_KEY_INACTIVE_WITHDRAWN] = {LEVEL_GOOD,
        {"Switched off, and not published.",
         "Uitgeschakeld, en niet gepubliceerd."}},
    [FACT_PROFILE_SHORT] = {LEVEL_WARNING,
        {"The configured key has {n} bits; make one of {of}.",
         "De ingestelde sleutel heeft {n} bits; maak er een van {of}."}},
    [FACT_PROFILE_SHA1] = {LEVEL_ERROR,
        {"The profile signs with sha1, which receivers must not accept (RFC 8301).",
         "Het profiel ondertekent met sha1, dat ontvangers niet mogen aannemen (RFC 8301)."}},
    [FACT_PROFILE_UNLISTED] = {LEVEL_NOTICE,
        {"Domain and selector are not in the profile.",
         "Domein en selector staan niet in het profiel."}},

    [FACT_SPF_VALID] = {LEVEL_GOOD,
        {"Usable; {n} of {of} lookups.",
         "Bruikbaar; {n} van {of} zoekopdrachten."}},
    [FACT_SPF_UNKNOWN] = {LEVEL_UNKNOWN,
        {"DNS gave no answer for {object} ({found}); try again.",
         "DNS gaf geen antwoord voor {object} ({found}); probeer het opnieuw."}},
    [FACT_SPF_MISSING] = {LEVEL_WARNING,
        {"There is no SPF record.",
         "Er is geen SPF-record."}},
    [FACT_SPF_NEAR_MISS] = {LEVEL_WARNING,
        {"This nearly is one: {found}",
         "Dit is er bijna een: {found}"}},
    [FACT_SPF_SEVERAL] = {LEVEL_ERROR,
        {"There are {n} SPF records; together they count as none.",
         "Er zijn {n} SPF-records; samen gelden ze als geen."}},
    [FACT_SPF_SYNTAX] = {LEVEL_ERROR,
        {"The record cannot be used because of: {found}",
         "Het record is onbruikbaar door: {found}"}},
    [FACT_SPF_BROKEN_BELOW] = {LEVEL_ERROR,
        {"What it includes is faulty: {object} ({found}).",
         "Wat het insluit, is fout: {object} ({found})."}},
    [FACT_SPF_INCLUDED] = {LEVEL_GOOD,
        {"{found} is included, term {n} of {of}.",
         "{found} is ingesloten, term {n} van {of}."}},
    [FACT_SPF_INCLUDED_THROUGH] = {LEVEL_GOOD,
        {"The operator is included through {found}.",
         "De operator is ingesloten via {found}."}},
    [FACT_SPF_NOT_INCLUDED] = {LEVEL_WARNING,
        {"{found} is not included.",
         "{found} is niet ingesloten."}},
    [FACT_SPF_INCLUDE_UNREACHED] = {LEVEL_WARNING,
        {"{found} is named, but behind all, where nothing is read.",
         "{found} wordt genoemd, maar na all, waar niets meer wordt gelezen."}},
    [FACT_SPF_INCLUDE_WEAK] = {LEVEL_WARNING,
        {"A match by {found} is no pass.",
         "Een treffer bij {found} is geen pass."}},
    [FACT_SPF_INCLUDE_TOO_LATE] = {LEVEL_ERROR,
        {"It stands behind {n} lookups of {of}: receivers stop before it.",
         "Het staat na {n} zoekopdrachten van {of}: ontvangers stoppen ervoor."}},
    [FACT_SPF_LOOKUPS] = {LEVEL_ERROR,
        {"The record needs {n} lookups; {of} are allowed.",
         "Het record vergt {n} zoekopdrachten; {of} mag."}},
    [FACT_SPF_LOOKUPS_NEAR] = {LEVEL_NOTICE,
        {"All {of} lookups are used: one more term, here or in an include, breaks it.",
         "Alle {of} zoekopdrachten zijn op: één term erbij, hier of in een include, en het werkt"
         " niet meer."}},
    [FACT_SPF_VOIDS] = {LEVEL_ERROR,
        {"{n} terms find nothing; {of} are allowed.",
         "{n} termen vinden niets; {of} mag."}},
    [FACT_SPF_PLUS_ALL] = {LEVEL_ERROR,
        {"The record lets everybody send (+all).",
         "Het record laat iedereen verzenden (+all)."}},

    [FACT_DMARC_POLICY] = {LEVEL_GOOD,
        {"Policy: {found}.",
         "Beleid: {found}."}},
    [FACT_DMARC_INHERITED] = {LEVEL_GOOD,
        {"Policy of {object}: {found}.",
         "Beleid van {object}: {found}."}},
    [FACT_DMARC_NO_POLICY] = {LEVEL_NOTICE,
        {"The policy is none: receivers are asked to do nothing.",
         "Het beleid is none: ontvangers hoeven niets te doen."}},
    [FACT_DMARC_NO_REPORTS] = {LEVEL_INFO,
        {"Nobody gets the reports (rua=).",
         "Niemand krijgt de rapporten (rua=)."}},
    [FACT_DMARC_TESTING] = {LEVEL_NOTICE,
        {"The record says t=y: the policy is not applied yet.",
         "Het record zegt t=y: het beleid geldt nog niet."}},
    [FACT_DMARC_UNKNOWN] = {LEVEL_UNKNOWN,
        {"DNS gave no answer ({found}); try again.",
         "DNS gaf geen antwoord ({found}); probeer het opnieuw."}},
    [FACT_DMARC_MISSING] = {LEVEL_WARNING,
        {"There is no DMARC record.",
         "Er is geen DMARC-record."}},
    [FACT_DMARC_SEVERAL] = {LEVEL_ERROR,
        {"There are {n} DMARC records; together they count as none.",
         "Er zijn {n} DMARC-records; samen gelden ze als geen."}},
    [FACT_DMARC_UNUSABLE] = {LEVEL_ERROR,
        {"The record cannot be used: {found}",
         "Het record is onbruikbaar: {found}"}},

    [FACT_MX_FOUND] = {LEVEL_GOOD,
        {"Mail exchangers: {n}.",
         "Mailservers: {n}."}},
    [FACT_MX_IMPLICIT] = {LEVEL_NOTICE,
        {"There is no MX; bounces go to the address of the domain itself.",
         "Er is geen MX; bounces gaan naar het adres van het domein zelf."}},
    [FACT_MX_UNKNOWN] = {LEVEL_UNKNOWN,
        {"DNS gave no answer ({found}); try again.",
         "DNS gaf geen antwoord ({found}); probeer het opnieuw."}},
    [FACT_MX_NULL] = {LEVEL_ERROR,
        {"The null MX says that the domain takes no mail: bounces are lost, and receivers may "
         "refuse its mail.",
         "De null-MX zegt dat het domein geen mail aanneemt: bounces gaan verloren, en "
         "ontvangers mogen mail ervan weigeren."}},
    [FACT_MX_NOWHERE] = {LEVEL_ERROR,
        {"There is neither an MX nor an address: bounces are lost, and receivers may refuse its "
         "mail.",
         "Er is geen MX en geen adres: bounces gaan verloren, en ontvangers mogen mail ervan "
         "weigeren."}},
    [FACT_MX_DOMAIN_GONE] = {LEVEL_ERROR,
        {"The domain does not exist in DNS.",
         "Het domein bestaat niet in DNS."}},
    [FACT_MX_HOST_GONE] = {LEVEL_WARNING,
        {"Mail exchangers without an address: {n} of {of}, such as {object}.",
         "Mailservers zonder adres: {n} van {of}, waaronder {object}."}},
    [FACT_MX_HOSTS_GONE] = {LEVEL_ERROR,
        {"No mail exchanger has an address ({object}): bounces are lost.",
         "Geen enkele mailserver heeft een adres ({object}): bounces gaan verloren."}},
    [FACT_MX_HOST_ALIAS] = {LEVEL_NOTICE,
        {"The mail exchanger {object} is a CNAME, which RFC 5321 5.1 forbids.",
         "De mailserver {object} is een CNAME, wat RFC 5321 5.1 verbiedt."}},
};
/* clang-format on */

static const char *const states[][LANGUAGES] = {
    [PUBLICATION_UNKNOWN] = {"unknown", "onbekend"},
    [PUBLICATION_VALID] = {"valid", "geldig"},
    [PUBLICATION_UNCOMPARED] = {"uncompared", "niet vergeleken"},
    [PUBLICATION_MISMATCH] = {"mismatch", "andere sleutel"},
    [PUBLICATION_MISSING] = {"missing", "ontbreekt"},
    [PUBLICATION_MALFORMED] = {"malformed", "onbruikbaar"},
    [PUBLICATION_MULTIPLE] = {"multiple", "meer records"},
    [PUBLICATION_REVOKED] = {"revoked", "ingetrokken"},
    [PUBLICATION_TRUNCATED] = {"truncated", "afgekapt"},
};

static const char *const phrases[PHRASES][LANGUAGES] = {
    [PHRASE_TITLE] = {"Signing domains", "Ondertekenende domeinen"},
    [PHRASE_DOMAIN] = {"Domain", "Domein"},
    [PHRASE_SELECTOR] = {"Selector", "Selector"},
    [PHRASE_KEY] = {"Key", "Sleutel"},
    [PHRASE_BOUNCES] = {"Bounces", "Bounces"},
    [PHRASE_TENANT] = {"Tenant", "Klant"},
    [PHRASE_SUMMARY] = {"Domains checked: {of}. With something to do: {n}.",
                        "Gecontroleerde domeinen: {of}. Met werk te doen: {n}."},
    [PHRASE_ALL_GOOD] = {"Nothing to do.", "Niets te doen."},
    [PHRASE_ADD] = {"Publish this TXT record:", "Publiceer dit TXT-record:"},
    [PHRASE_CHANGE] = {"Replace what stands there by this TXT record:",
                       "Vervang wat er staat door dit TXT-record:"},
    [PHRASE_DROP] =
        {"It cannot do with fewer lookups without losing a sender. Drop one of these, or "
         "several that together save {n}:",
         "Met minder zoekopdrachten gaat er een verzender verloren. Laat een van deze weg, "
         "of meer die er samen {n} schelen:"},
};

const char *level_name(Level level)
{
    static const char *const names[] = {"good", "info", "notice", "unknown", "warning", "error"};
    g_return_val_if_fail((size_t)level < G_N_ELEMENTS(names), "");
    return names[level];
}

Level level_of_severity(Severity severity)
{
    static const Level levels[] = {LEVEL_INFO, LEVEL_NOTICE, LEVEL_WARNING, LEVEL_ERROR};
    g_return_val_if_fail((size_t)severity < G_N_ELEMENTS(levels), LEVEL_ERROR);
    return levels[severity];
}

Level domainwords_level(DomainFactId id)
{
    g_return_val_if_fail((size_t)id < DOMAIN_FACTS, LEVEL_ERROR);
    return words[id].level;
}

Level domainwords_worst(const GArray *facts)
{
    Level worst = LEVEL_GOOD;
    for (guint i = 0; i < facts->len; i++)
        worst = MAX(worst, domainwords_level(g_array_index(facts, DomainFact, i).id));
    return worst;
}

/* One pass, so that what is filled in is not read again. */
static char *fill(const char *pattern, const DomainFact *fact)
{
    GString *out = g_string_new(NULL);
    for (const char *p = pattern; *p;) {
        if (g_str_has_prefix(p, "{object}"))
            g_string_append(out, fact->object ? fact->object : "");
        else if (g_str_has_prefix(p, "{found}"))
            g_string_append(out, fact->found ? fact->found : "");
        else if (g_str_has_prefix(p, "{n}"))
            g_string_append_printf(out, "%zu", fact->n);
        else if (g_str_has_prefix(p, "{of}"))
            g_string_append_printf(out, "%zu", fact->of);
        else {
            g_string_append_c(out, *p++);
            continue;
        }
        p = strchr(p, '}') + 1;
    }
    return g_string_free(out, FALSE);
}

char *domainwords_sentence(const DomainFact *fact, Language language)
{
    g_return_val_if_fail((size_t)fact->id < DOMAIN_FACTS && (size_t)language < LANGUAGES, NULL);
    return fill(words[fact->id].text[language], fact);
}

const char *domainwords_state(const KeyCheck *check, Language language)
{
    g_return_val_if_fail(
        (size_t)check->publication < G_N_ELEMENTS(states) && (size_t)language < LANGUAGES, "");
    return states[check->publication][language];
}

const char *domainwords_phrase(Phrase phrase, Language language)
{
    g_return_val_if_fail((size_t)phrase < PHRASES && (size_t)language < LANGUAGES, "");
    return phrases[phrase][language];
}

char *domainwords_counted(Phrase phrase, Language language, size_t n, size_t of)
{
    return fill(domainwords_phrase(phrase, language), &(DomainFact){.n = n, .of = of});
}
