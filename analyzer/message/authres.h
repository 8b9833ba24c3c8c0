/* authres.h - Authentication-Results (RFC 8601 §2.2) and ARC-Authentication-Results (RFC 8617
 * §4.1.1).
 *
 * Deviations, all lenient, each because real fields have it: a field without an authserv-id, as
 * Exchange writes it, is read (authserv_id NULL); an unquoted IPv6 address and other octets of an
 * unquoted value up to the next space or ";" are taken; a method name with a dot is taken; a
 * property without "ptype." is kept as given; an item without "=" is a result with the empty word.
 * `strict` is then false. Of the value the first 64 KiB are read (cfws.h). Total and linear. The
 * value alone is read, without the field's name.
 */
#ifndef MAILASSAY_MESSAGE_AUTHRES_H
#define MAILASSAY_MESSAGE_AUTHRES_H

#include "analyzer/message/source.h"

typedef struct AuthProperty {
    char *name;  /* "smtp.mailfrom", lower case */
    char *value; /* unquoted */
} AuthProperty;

typedef struct AuthResult {
    char *method;         /* lower case */
    char *method_version; /* or NULL */
    char *result;         /* lower case; "" when the item has none */
    char *reason;         /* the first one, or NULL */
    char *comment;        /* comments joined by "; ", or NULL */
    AuthProperty *properties;
    size_t n_properties;
} AuthResult;

typedef struct AuthRes {
    bool valid;        /* false: no sense could be made of it */
    bool strict;       /* it follows the grammar of RFC 8601 to the letter */
    char *authserv_id; /* or NULL */
    char *version;     /* or NULL */
    unsigned instance; /* i= of ARC-Authentication-Results, else 0 */
    bool none;         /* "; none" */
    AuthResult *results;
    size_t n_results;
} AuthRes;

AuthRes *authres_parse(Span value);
AuthRes *authres_parse_arc(Span value); /* with the leading "i=N;" */
void authres_free(AuthRes *authres);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AuthRes, authres_free)
/* Value of the first property of that name; NULL when absent. */
const char *authres_property(const AuthResult *result, const char *name);

#endif
