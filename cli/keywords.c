#include "cli/keywords.h"

/* clang-format off */
static const char *const words[KEY_WORDS][LANGUAGES] = {
    [KEY_WORD_ONE_STRING] = {
        "The record, as one string",
        "Het record, als één tekenreeks"},
    [KEY_WORD_ZONE_FILE] = {
        "In a zone file (BIND, NSD, Knot), in strings of at most 255 octets",
        "In een zonebestand (BIND, NSD, Knot), in tekenreeksen van ten hoogste 255 octetten"},
    [KEY_WORD_WEB_FORM] = {
        "In a web form; some want the full name. Value without quotation marks, on one line",
        "In een webformulier; sommige willen de volledige naam. Waarde zonder aanhalingstekens, op één regel"},
    [KEY_WORD_BITS] = {"bits", "bits"},
    [KEY_WORD_TYPE] = {"Type", "Type"},
    [KEY_WORD_NAME] = {"Name", "Naam"},
    [KEY_WORD_FULL] = {"Full", "Voluit"},
    [KEY_WORD_VALUE] = {"Value", "Waarde"},
    [KEY_WORD_SOME_SELECTOR] = {"SELECTOR", "SELECTOR"},
    [KEY_WORD_SOME_DOMAIN] = {"DOMAIN", "DOMEIN"},
    [KEY_WORD_PASSWORD_OF] = {"Password of", "Wachtwoord van"},
    [KEY_WORD_SHOWN_ONCE] = {"shown this once", "alleen deze keer getoond"},
    [KEY_WORD_NOT_LISTED] = {
        "does not list this domain and selector",
        "noemt dit domein met deze selector niet"},
    [KEY_WORD_NO_KEY] = {
        "has no key for this domain and selector",
        "heeft geen sleutel voor dit domein met deze selector"},
    [KEY_WORD_SAME_KEY] = {"has this key", "heeft deze sleutel"},
    [KEY_WORD_OTHER_KEY] = {
        "has another key for this domain and selector",
        "heeft een andere sleutel voor dit domein met deze selector"},
    [KEY_WORD_SWITCHED_OFF] = {
        "switched off in the profile",
        "uitgeschakeld in het profiel"},
    [KEY_WORD_SHA1] = {
        "the profile signs with sha1, which receivers must not accept (RFC 8301 3.1)",
        "het profiel ondertekent met sha1, dat ontvangers niet mogen aannemen (RFC 8301 3.1)"},
};
/* clang-format on */

const char *keywords_get(KeyWord word, Language language)
{
    g_return_val_if_fail((size_t)word < KEY_WORDS && (size_t)language < LANGUAGES, "");
    return words[word][language];
}
