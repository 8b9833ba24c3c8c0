/* rdata.h - the data of the record types in DnsType: master-file fields to octets, octets to
 * DnsRecord.
 *
 * RFC 1035 §3.3 and §5.1, RFC 3596 (AAAA), RFC 3597 §5 (\# LENGTH HEX). The octets are those of
 * the wire without compression and with names in lower case, which is the canonical form of RFC
 * 4034 §6.2.
 */
#ifndef MAILASSAY_DNS_RDATA_H
#define MAILASSAY_DNS_RDATA_H

#include "analyzer/dns/dns.h"
#include "analyzer/dns/master.h"

/* The remaining fields of an entry as octets. NULL is a fault of the entry. */
GBytes *rdata_parse(MasterEntry *entry, unsigned type, const char *origin);
/* Fills *record, to be cleared either way. False when the octets are not of the type's shape. */
bool rdata_read(unsigned type, GBytes *rdata, DnsRecord *record);
bool rdata_is_valid(unsigned type, GBytes *rdata);
void rdata_clear_record(DnsRecord *record);

#endif
