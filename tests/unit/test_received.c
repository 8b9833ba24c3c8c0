#include "analyzer/message/received.h"

#include "analyzer/message/cfws.h"
#include "analyzer/message/received_spf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* NULL: must be absent. */
typedef struct Case {
    const char *value;
    const char *helo, *rdns, *ip, *by, *with, *id;
    bool relay;
} Case;

static const Case forms[] = {
    /* Postfix */
    {"from mail.example.org (mail.example.org [192.0.2.25])\r\n\tby mx.example.net (Postfix) with "
     "ESMTPS id 4XyZ1\r\n"
     "\tfor <user@example.net>; Mon, 23 Nov 2026 10:00:00 +0100 (CET)",
     "mail.example.org", "mail.example.org", "192.0.2.25", "mx.example.net", "ESMTPS", "4XyZ1",
     true},
    {"from pc (unknown [IPv6:2001:db8::25]) by mx.example.net (Postfix) with ESMTP id A1; Mon, 23 "
     "Nov 2026 10:00:00 +0100",
     "pc", NULL, "2001:db8::25", "mx.example.net", "ESMTP", "A1", true},
    {"from [192.168.1.3] (host.example.org [198.51.100.7]) (Authenticated sender: u) by "
     "mx.example.net (Postfix) with "
     "ESMTPSA id B2 for <a@b.example>; Mon, 23 Nov 2026 10:00:00 +0100",
     "[192.168.1.3]", "host.example.org", "198.51.100.7", "mx.example.net", "ESMTPSA", "B2", true},
    {"by mail.example.org (Postfix, from userid 33) id 3AbC; Mon, 23 Nov 2026 09:59:59 +0100 (CET)",
     NULL, NULL, NULL, "mail.example.org", NULL, "3AbC", false},
    /* The HELO can hold what looks like the receiver's words; the address next to "by" counts. */
    {"from x([203.0.113.5]) (unknown [198.51.100.7]) by mx.example.net (Postfix) with ESMTP id C3; "
     "x",
     "x", NULL, "198.51.100.7", "mx.example.net", "ESMTP", "C3", true},
    {"from a.example.org (a.example.org[192.0.2.9])by  mx.example.net (Postfix) with SMTP id D4",
     "a.example.org", "a.example.org", "192.0.2.9", "mx.example.net", "SMTP", "D4", true},
    /* Exim */
    {"from [192.0.2.66] (helo=claimed.example)\r\n by mx.example.net with esmtp (Exim 4.96)\r\n id "
     "1abcDE-000001-AB; x",
     "claimed.example", NULL, "192.0.2.66", "mx.example.net", "esmtp", "1abcDE-000001-AB", true},
    {"from [192.0.2.66] (port=40000 helo=[203.0.113.5]) by mx.example.net with esmtp (Exim 4.96) "
     "id E5; x",
     "[203.0.113.5]", NULL, "192.0.2.66", "mx.example.net", "esmtp", "E5", true},
    {"from mail.example.org ([192.0.2.10]:40000 helo=claimed.example ident=root) by mx.example.net "
     "with smtp id E6; x",
     "claimed.example", "mail.example.org", "192.0.2.10", "mx.example.net", "smtp", "E6", true},
    {"from mail.example.org ([192.0.2.10]) by mx.example.net with esmtps (TLS1.3) tls "
     "TLS_AES_256_GCM_SHA384 "
     "(Exim 4.96) (envelope-from <a@example.org>) id E7 for u@example.net; x",
     "mail.example.org", "mail.example.org", "192.0.2.10", "mx.example.net", "esmtps", "E7", true},
    {"from mail.example.org ([192.0.2.10] helo=evil [203.0.113.9]) by mx.example.net with esmtp "
     "(Exim 4) id E8",
     "evil", "mail.example.org", "192.0.2.10", "mx.example.net", "esmtp", "E8", true},
    {"from root by mx.example.net with local (Exim 4.96) (envelope-from <root@example.net>) id E9; "
     "x",
     "root", NULL, NULL, "mx.example.net", "local", "E9", false},
    {"from old.example.org (claimed.example) [192.0.2.8.13219] (mail) by mx.example.net with esmtp "
     "(Exim 3) id EA",
     "claimed.example", "old.example.org", "192.0.2.8", "mx.example.net", "esmtp", "EA", true},
    /* sendmail */
    {"from helo.example (rdns.example [192.0.2.10] (may be forged)) (authenticated bits=0)\r\n\tby "
     "mx.example.net "
     "(8.17.1/8.17.1) with ESMTP id 48LA0; x",
     "helo.example", "rdns.example", "192.0.2.10", "mx.example.net", "ESMTP", "48LA0", true},
    {"from helo.example (IDENT:joe@rdns.example [192.0.2.10]) by mx.example.net (8.9.3/8.9.3) with "
     "SMTP id KAA1",
     "helo.example", "rdns.example", "192.0.2.10", "mx.example.net", "SMTP", "KAA1", true},
    {"from helo.example (joe@[192.0.2.10]) by mx.example.net (8.9.3/8.9.3) with SMTP id KAA2",
     "helo.example", NULL, "192.0.2.10", "mx.example.net", "SMTP", "KAA2", true},
    {"from helo.example ([192.0.2.10]) by mx.example.net (8.9.3/8.9.3) with SMTP id KAA3",
     "helo.example", NULL, "192.0.2.10", "mx.example.net", "SMTP", "KAA3", true},
    {"(from www@localhost)\r\n\tby web.example.net (8.15.2/8.15.2/Submit) id x12; x", NULL, NULL,
     NULL, "web.example.net", NULL, "x12", false},
    /* qmail */
    {"from unknown (HELO claimed.example) (joe@192.0.2.7)\r\n  by mx.example.net with SMTP; 21 Sep "
     "2026 10:00:00 -0000",
     "claimed.example", NULL, "192.0.2.7", "mx.example.net", "SMTP", NULL, true},
    {"from host.example.org (HELO ?192.168.2.3?) (192.0.2.7) by mx.example.net with SMTP; x",
     "?192.168.2.3?", "host.example.org", "192.0.2.7", "mx.example.net", "SMTP", NULL, true},
    {"from host.example.org (192.0.2.7) by mx.example.net with SMTP; x", "host.example.org",
     "host.example.org", "192.0.2.7", "mx.example.net", "SMTP", NULL, true},
    {"from unknown (192.0.2.7) by mx.example.net with SMTP; x", NULL, NULL, "192.0.2.7",
     "mx.example.net", "SMTP", NULL, true},
    {"from host.example.org (HELO ) (192.0.2.7) by mx.example.net with SMTP; x", NULL,
     "host.example.org", "192.0.2.7", "mx.example.net", "SMTP", NULL, true},
    {"from unknown (HELO a.example) (192.0.2.7) by mx.example.net with AES256-SHA encrypted SMTP; "
     "x",
     "a.example", NULL, "192.0.2.7", "mx.example.net", "SMTP", NULL, true},
    {"(qmail 84128 invoked by uid 3013); 7 Mar 2026 19:23:23 -0000", NULL, NULL, NULL, NULL, NULL,
     NULL, false},
    {"(nullmailer pid 1234 invoked by uid 1000);\r\n\tMon, 23 Nov 2026 10:00:00 -0000", NULL, NULL,
     NULL, NULL, NULL, NULL, false},
    /* Exchange */
    {"from relay.example.org (2001:db8::25) by\r\n mx01.example.net (2001:db8:1::1) with Microsoft "
     "SMTP Server "
     "(version=TLS1_2,\r\n cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8158.26 via "
     "Frontend\r\n Transport; x",
     "relay.example.org", NULL, "2001:db8::25", "mx01.example.net", "Microsoft SMTP Server",
     "15.20.8158.26", true},
    {"from a.example.net (10.1.2.3) by b.example.net (10.1.2.4) with mapi id 15.01.2507.023; x",
     "a.example.net", NULL, "10.1.2.3", "b.example.net", "mapi", "15.01.2507.023", true},
    {"from a.example.net ([fe80::1c2:3%7]) by a.example.net ([fe80::1c2:3%7]) with mapi id 15.20; "
     "x",
     "a.example.net", NULL, "fe80::1c2:3", "a.example.net", "mapi", "15.20", true},
    {"from 0 ([192.0.2.57] RDNS failed) by ex.example.net with Microsoft SMTPSVC(6.0.3790.0); x",
     "0", NULL, "192.0.2.57", "ex.example.net", "Microsoft SMTPSVC", NULL, true},
    {"from mail pickup service by ex.example.net with Microsoft SMTPSVC; x", "mail", NULL, NULL,
     "ex.example.net", "Microsoft SMTPSVC", NULL, false},
    /* Gmail */
    {"from mail.example.org (mail.example.org. [192.0.2.41])\r\n        by mx.google.com with "
     "ESMTPS id "
     "a640-9a.66.2026\r\n        for <u@example.net>\r\n        (version=TLS1_3 "
     "cipher=TLS_AES_256_GCM_SHA384 "
     "bits=256/256);\r\n        Mon, 21 Sep 2026 03:00:00 -0700 (PDT)",
     "mail.example.org", "mail.example.org", "192.0.2.41", "mx.google.com", "ESMTPS",
     "a640-9a.66.2026", true},
    {"by 2002:a05:6402:34c1:b0:12:3 with SMTP id x1csp1; Mon, 21 Sep 2026 03:00:01 -0700 (PDT)",
     NULL, NULL, NULL, "2002:a05:6402:34c1:b0:12:3", "SMTP", "x1csp1", false},
    {"from 123456 named unknown by gmailapi.google.com with HTTPREST; x", "123456", NULL, NULL,
     "gmailapi.google.com", "HTTPREST", NULL, false},
    /* Amazon SES, Yahoo, Mimecast, Proofpoint, IronPort, MessageLabs */
    {"from a8-27.out.example.com (a8-27.out.example.com [192.0.2.27]) by inbound-smtp.example.net "
     "with SMTP id abc1 for "
     "u@example.net; x",
     "a8-27.out.example.com", "a8-27.out.example.com", "192.0.2.27", "inbound-smtp.example.net",
     "SMTP", "abc1", true},
    {"from 127.0.0.1  (EHLO mail.example.org) (192.0.2.12)\r\n  by mta1.example.net with SMTPs; x",
     "mail.example.org", NULL, "192.0.2.12", "mta1.example.net", "SMTPs", NULL, true},
    {"from 192.0.2.12 (EHLO mail.example.org) by 10.1.2.3 with SMTPs (version=TLS1_2 cipher=X); x",
     "mail.example.org", NULL, "192.0.2.12", "10.1.2.3", "SMTPs", NULL, true},
    {"from m.example.org (m.example.org [192.0.2.12]) by relay.example.net with ESMTP with "
     "STARTTLS (version=TLSv1.3, "
     "cipher=Y) id us-mta-1; x",
     "m.example.org", "m.example.org", "192.0.2.12", "relay.example.net", "ESMTP", "us-mta-1",
     true},
    {"from pps.filterd (m01.example.net [127.0.0.1])\r\n\tby m01.example.net (8.18.1.2/8.18.1.2) "
     "with ESMTP id 5xA; x",
     "pps.filterd", "m01.example.net", "127.0.0.1", "m01.example.net", "ESMTP", "5xA", true},
    {"from m.example.org ([192.0.2.12]) by esa1.example.net with "
     "ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256; x",
     "m.example.org", NULL, "192.0.2.12", "esa1.example.net",
     "ESMTP/TLS/ECDHE-RSA-AES128-GCM-SHA256", NULL, true},
    {"from [192.0.2.12] (using TLSv1.2 with cipher ECDHE-RSA (256 bits))\r\n by "
     "server-9.example.net id 12/34-56; x",
     NULL, NULL, "192.0.2.12", "server-9.example.net", NULL, "12/34-56", true},
    /* CommuniGate, MDaemon, Zimbra, Haraka, OpenSMTPD, Domino, hMailServer, GroupWise, MailEnable
       ... */
    {"from [192.0.2.50] (HELO m.example.org) by cg.example.net (CommuniGate Pro SMTP 6.2) with "
     "ESMTP id 19467966 for "
     "u@example.net; x",
     "m.example.org", NULL, "192.0.2.50", "cg.example.net", "ESMTP", "19467966", true},
    {"from [192.0.2.50] (account j@example.net HELO [10.10.10.10]) by cg.example.net (CommuniGate "
     "Pro SMTP 6.2) with "
     "ESMTPSA id 7; x",
     "[10.10.10.10]", NULL, "192.0.2.50", "cg.example.net", "ESMTPSA", "7", true},
    {"from m.example.org (account j@example.net [192.0.2.50] verified) by cg.example.net "
     "(CommuniGate) with ESMTP id 8",
     "m.example.org", "m.example.org", "192.0.2.50", "cg.example.net", "ESMTP", "8", true},
    {"from m.example.org ([192.0.2.50] verified) by cg.example.net (CommuniGate) with ESMTP id 9",
     "m.example.org", "m.example.org", "192.0.2.50", "cg.example.net", "ESMTP", "9", true},
    {"from pc [192.0.2.51] by md.example.net [198.51.100.1] with ESMTP (MDaemon PRO v9) id md5; x",
     "pc", NULL, "192.0.2.51", "md.example.net", "ESMTP", "md5", true},
    {"from localhost (localhost [127.0.0.1])\r\n by zimbra.example.net (Postfix) with ESMTP id Z1; "
     "x",
     "localhost", "localhost", "127.0.0.1", "zimbra.example.net", "ESMTP", "Z1", true},
    {"from zimbra.example.net ([127.0.0.1])\r\n by localhost (zimbra.example.net [127.0.0.1]) "
     "(amavisd-new, port 10024)"
     "\r\n with ESMTP id Z2; x",
     "zimbra.example.net", NULL, "127.0.0.1", "localhost", "ESMTP", "Z2", true},
    {"from m.example.org (m.example.org [192.0.2.52])\r\n\tby h.example.net (Haraka/3.0.2) with "
     "ESMTPS id H.1\r\n\t"
     "envelope-from <a@example.org>\r\n\ttls TLS_AES_256_GCM_SHA384 (authenticated bits=0);\r\n\tx",
     "m.example.org", "m.example.org", "192.0.2.52", "h.example.net", "ESMTPS", "H.1", true},
    {"from m.example.org (m.example.org [192.0.2.53])\r\n\tby o.example.net (OpenSMTPD) with "
     "ESMTPS id ab12 "
     "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\r\n\tfor <u@example.net>;\r\n\tx",
     "m.example.org", "m.example.org", "192.0.2.53", "o.example.net", "ESMTPS", "ab12", true},
    {"from localhost (o.example.net [local])\r\n by o.example.net (OpenSMTPD) with ESMTPA id ab13; "
     "x",
     "localhost", NULL, NULL, "o.example.net", "ESMTPA", "ab13", true},
    {"from m.example.org ([192.0.2.54])\r\n          by d.example.net (Lotus Domino Release "
     "8.5.3)\r\n          with "
     "ESMTP id 2026112310-1234 ;\r\n          x",
     "m.example.org", NULL, "192.0.2.54", "d.example.net", "ESMTP", "2026112310-1234", true},
    {"from m.example.org (Unknown [192.0.2.55])\r\n\tby hm.example.net with ESMTP\r\n\t; x",
     "m.example.org", NULL, "192.0.2.55", "hm.example.net", "ESMTP", NULL, true},
    {"from GW-MTA by gw.example.net with Novell_GroupWise; x", "GW-MTA", NULL, NULL,
     "gw.example.net", "Novell_GroupWise", NULL, true},
    {"from ([192.0.2.56]) by me.example.net with MailEnable ESMTP; x", NULL, NULL, "192.0.2.56",
     "me.example.net", "MailEnable ESMTP", NULL, true},
    {"from m.example.org ([192.0.2.57]) by ims.example.net (Oracle Communications Messaging Server "
     "8.0 64bit (built Jan "
     "1 2026)) with ESMTP id <0M1@ims.example.net> for u@example.net; x",
     "m.example.org", NULL, "192.0.2.57", "ims.example.net", "ESMTP", "0M1@ims.example.net", true},
    {"from m.example.org (n.example.org [::ffff:192.0.2.58])\r\n  (TLS: "
     "TLSv1.3,256bits,TLS_AES_256_GCM_SHA384)\r\n  by "
     "courier.example.net with ESMTPS\r\n  id 00000000000A; x",
     "m.example.org", "n.example.org", "192.0.2.58", "courier.example.net", "ESMTPS",
     "00000000000A", true},
    {"from m.example.org (softdnserr [::ffff:192.0.2.58]) by courier.example.net with esmtp; x",
     "m.example.org", NULL, "192.0.2.58", "courier.example.net", "esmtp", NULL, true},
    {"from ([192.0.2.59:50387] helo=i6.example.org) by mta.example.net (envelope-from "
     "<a@example.org>) (ecelerity 4.2 "
     "r(11743)) with ESMTP id 80/0A-02454; x",
     "i6.example.org", NULL, "192.0.2.59", "mta.example.net", "ESMTP", "80/0A-02454", true},
    {"from m.example.org (192.0.2.60:23198) by x.example.net with [XMail 1.20 ESMTP Server] id "
     "<S72E> for <u@a.example> "
     "from <b@c.example>; x",
     "m.example.org", NULL, "192.0.2.60", "x.example.net", "[XMail 1.20 ESMTP Server]", "S72E",
     true},
    {"from m.example.org (192.0.2.61) by mta1.example.net id hxyz for <a@b.example>; x "
     "(envelope-from <b@c.example>)",
     "m.example.org", NULL, "192.0.2.61", "mta1.example.net", NULL, "hxyz", true},
    {"from m.example.org(192.0.2.62) by f.example.net via smap (V1.3) id xma1; x", NULL,
     "m.example.org", "192.0.2.62", "f.example.net", NULL, "xma1", true},
    {"from m.example.org(192.0.2.62, HELO n.example.org) by f.example.net via smap (V1.3) id xma2; "
     "x",
     "n.example.org", "m.example.org", "192.0.2.62", "f.example.net", NULL, "xma2", true},
    {"from m.example.org(192.0.2.62), claiming to be \"n.example.org\" via SMTP by f.example.net, "
     "id smtpd1; x",
     "n.example.org", "m.example.org", "192.0.2.62", "f.example.net", "SMTP", "smtpd1", true},
    {"FROM pc (m.example.org [192.0.2.63]) BY s.example.net ID 434B ; x", "pc", "m.example.org",
     "192.0.2.63", "s.example.net", NULL, "434B", true},
    {"(from PC [192.0.2.64]) by gw.example.net (NAVGW 2.5) with SMTP id M2006; x", "PC", NULL,
     "192.0.2.64", "gw.example.net", "SMTP", "M2006", true},
    {"from mx.example.net ([192.0.2.65])\r\n\tby store.example.net with LMTP\r\n\tid eGxKKmUB "
     "(envelope-from <a@b.example>"
     ")\r\n\tfor <u@example.net>; x",
     "mx.example.net", NULL, "192.0.2.65", "store.example.net", "LMTP", "eGxKKmUB", true},
    {"from MTc (ec2.example.com [192.0.2.66])\r\n\tby ismtpd1 (SG) with ESMTP id abc\r\n\tTue, 22 "
     "Sep 2026 12:00:00.123 "
     "+0000 (UTC)",
     "MTc", "ec2.example.com", "192.0.2.66", "ismtpd1", "ESMTP", "abc", true},
    {"from 192.0.2.67 (SquirrelMail authenticated user j); by web.example.net with HTTP; x", NULL,
     NULL, "192.0.2.67", "web.example.net", "HTTP", NULL, true},
    {"from [192.0.2.68]:50999 (HELO m.example.org) by f ([10.1.1.1]:25) (F-Secure 6) with SMTP; x",
     "m.example.org", NULL, "192.0.2.68", "f", "SMTP", NULL, true},
    {"from m.example.org ([192.0.2.69] [192.0.2.69]) by g.example.net with ESMTP; x",
     "m.example.org", NULL, "192.0.2.69", "g.example.net", "ESMTP", NULL, true},
    {"from x.y.test   by example.net   via TCP   with ESMTP   id ABC12345   for "
     "<mary@example.net>;  21 Nov 1997 "
     "10:05:43 -0600",
     "x.y.test", NULL, NULL, "example.net", "ESMTP", "ABC12345", true},
    {"from joe@example.org by out.example.net (mail_out_v36) id m.b9 (4116) for <u@example.net>; x",
     "joe@example.org", NULL, NULL, "out.example.net", NULL, "m.b9", false},
    /* Names that are keywords' last labels, and words that are none */
    {"from mail.company.by (mail.company.by [192.0.2.70]) by relay.example.id with ESMTP; x",
     "mail.company.by", "mail.company.by", "192.0.2.70", "relay.example.id", "ESMTP", NULL, true},
};

static void same(const char *got, const char *want, const Case *c, const char *what)
{
    if (g_strcmp0(got, want) == 0)
        return;
    fail_msg("%s: got %s, want %s in: %s", what, got ? got : "(none)", want ? want : "(none)",
             c->value);
}

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const Case *c = &forms[i];
        g_autoptr(Received) r = received_parse(span_str(c->value));
        same(r->helo, c->helo, c, "helo");
        same(r->rdns, c->rdns, c, "rdns");
        same(r->ip, c->ip, c, "ip");
        same(r->by, c->by, c, "by");
        same(r->with, c->with, c, "with");
        same(r->id, c->id, c, "id");
        if (r->is_relay != c->relay)
            fail_msg("is_relay %d in: %s", r->is_relay, c->value);
    }
}

static void expect_tls(const char *value, const char *want)
{
    g_autoptr(Received) r = received_parse(span_str(value));
    if (g_strcmp0(r->tls, want) != 0)
        fail_msg("tls: got %s, want %s in: %s", r->tls ? r->tls : "(none)", want ? want : "(none)",
                 value);
}

static void test_tls(void **state)
{
    (void)state;
    expect_tls("from a (b [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 "
               "bits)\r\n\t key-exchange "
               "X25519) (No client certificate requested) by c (Postfix) with ESMTPS id 1; x",
               "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519");
    expect_tls("from a ([192.0.2.1]) by b with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim "
               "4.96) id 1; x",
               "TLS1.3 TLS_AES_256_GCM_SHA384");
    expect_tls(
        "from a ([192.0.2.1]) by b with esmtpsa (TLS-1.0:RSA_ARCFOUR_MD5:16) (Exim 4.34) id 1; x",
        "TLS-1.0:RSA_ARCFOUR_MD5:16");
    expect_tls(
        "from a (a. [192.0.2.1]) by b with ESMTPS id 1 (version=TLS1_3 cipher=C bits=256/256); x",
        "version=TLS1_3 cipher=C bits=256/256");
    expect_tls("from a (192.0.2.1) by b (192.0.2.2) with Microsoft SMTP Server "
               "(version=TLS1_2,\r\n cipher=C) id 1; x",
               "version=TLS1_2, cipher=C");
    expect_tls("from a (b [192.0.2.1]) (TLS: TLSv1.3,256bits,C) by c with ESMTPS id 1; x",
               "TLS: TLSv1.3,256bits,C");
    expect_tls("from a (b [192.0.2.1]) (AUTH: LOGIN j@example.org, SSL: TLSv1,128bits,C) by c with "
               "esmtp; x",
               "SSL: TLSv1,128bits,C");
    expect_tls("from a by b with ESMTP/TLS/ECDHE-RSA; x", "TLS/ECDHE-RSA");
    expect_tls("from unknown (HELO a) (192.0.2.7) by b with AES256-SHA encrypted SMTP; x",
               "AES256-SHA encrypted");
    expect_tls("from a (192.0.2.7) by b with (DHE-RSA-AES256-SHA encrypted) SMTP; x",
               "DHE-RSA-AES256-SHA encrypted");
    expect_tls("from a (b [192.0.2.1]) by c with ESMTPSA id 1; x", "yes");
    expect_tls("from a (b [192.0.2.1]) by c with UTF8SMTPS id 1; x", "yes");
    expect_tls("from a (b [192.0.2.1]) by c with ESMTP id 1; x", NULL);
    expect_tls("from a (b [192.0.2.1]) by c (Postfix) with SMTP id 1; x", NULL);
    expect_tls("from a.ssl.example (b.tls.example [192.0.2.1]) by c with ESMTP id 1; x", NULL);
}

static void expect_envelope(const char *value, const char *from, const char *to)
{
    g_autoptr(Received) r = received_parse(span_str(value));
    if (g_strcmp0(r->envelope_from, from) != 0)
        fail_msg("envelope_from: got %s in: %s", r->envelope_from ? r->envelope_from : "(none)",
                 value);
    if (g_strcmp0(r->envelope_for, to) != 0)
        fail_msg("envelope_for: got %s in: %s", r->envelope_for ? r->envelope_for : "(none)",
                 value);
}

static void test_envelope(void **state)
{
    (void)state;
    expect_envelope(
        "from a by b with esmtp (Exim 4) (envelope-from <x@example.org>) id 1 for y@example.net; x",
        "x@example.org", "y@example.net");
    expect_envelope("from a by b (8.14/8.14) with ESMTP id 1 for <<y@example.net>>; Thu, 14 Jan "
                    "2026 15:01:30 -0800\r\n"
                    "\t(envelope-from x@example.org)",
                    "x@example.org", "y@example.net");
    expect_envelope("from a (b) (envelope-sender <>) by c with SMTP for <y@example.net>; x", "",
                    "y@example.net");
    expect_envelope("from a by b (envelope-from <x@example.org>, uid 502) with qmail-scanner; x",
                    "x@example.org", NULL);
    expect_envelope("from a by b with ESMTP for <y@example.net> from <x@example.org>; x",
                    "x@example.org", "y@example.net");
    expect_envelope("from a by b with ESMTP id 1 envelope-from <x@example.org>; x", "x@example.org",
                    NULL);
    expect_envelope("from a by b with ESMTP for multiple recipients; x", NULL, NULL);
    expect_envelope("from a by b with ESMTP for <\"a; by c\"@example.net>; x", NULL,
                    "\"a; by c\"@example.net");
    expect_envelope("from a by b for <@r.example,@s.example:y@example.net>; x", NULL,
                    "y@example.net");
    expect_envelope(
        "from a by b id <0IZ@c> (original mail from x@example.org) for y@example.net; x",
        "x@example.org", "y@example.net");
}

static void expect_date(const char *value, const char *want)
{
    g_autoptr(Received) r = received_parse(span_str(value));
    if (g_strcmp0(r->date, want) != 0)
        fail_msg("date: got %s in: %s", r->date ? r->date : "(none)", value);
}

static void test_date(void **state)
{
    (void)state;
    expect_date("from a by b; Mon, 23 Nov 2026\r\n\t10:00:00 +0100 (CET)",
                "Mon, 23 Nov 2026 10:00:00 +0100 (CET)");
    expect_date("from a (x; y) by b for <\"p;q\"@c>; 23 Nov 2026 10:00:00 +0100",
                "23 Nov 2026 10:00:00 +0100");
    expect_date("from a by b with ESMTP id t; for <c@d>; 23 Nov 2026 10:00:00 +0100",
                "23 Nov 2026 10:00:00 +0100");
    expect_date("from a by b with esmtp; Thu, 10 Nov 2026 08:24:21 -0600 id 00.4373",
                "Thu, 10 Nov 2026 08:24:21 -0600");
    expect_date("from a by b; 20 Mar 2026 10:06:43 +0100 for <c@d>", "20 Mar 2026 10:06:43 +0100");
    expect_date("from a by b with ESMTP id t Tue, 22 Sep 2026 12:00:00 +0000",
                "Tue, 22 Sep 2026 12:00:00 +0000");
    expect_date("from a by b with SMTP 2026-03-15 10:30:00.1 +0000 UTC m=+1.2",
                "2026-03-15 10:30:00.1 +0000 UTC m=+1.2");
    expect_date("from a by b;", NULL);
    expect_date("from a by b", NULL);
}

static void test_date_value(void **state)
{
    (void)state;
    g_autoptr(Received) r =
        received_parse(SPAN_LIT("from a by b; Mon, 23 Nov 2026 10:00:00 +0100 (CET)"));
    assert_true(r->date_valid);
    assert_int_equal(r->time_s, 1795424400); /* date -u -d '2026-11-23 09:00' +%s */
    g_autoptr(Received) bad = received_parse(SPAN_LIT("from a by b; yesterday"));
    assert_false(bad->date_valid);
    assert_int_equal(bad->time_s, 0);
}

static void test_by_ip(void **state)
{
    (void)state;
    g_autoptr(Received) a =
        received_parse(SPAN_LIT("from a (2001:db8::1) by b (2001:db8:1::2) with HTTPS; x"));
    assert_string_equal(a->by_ip, "2001:db8:1::2");
    g_autoptr(Received) b =
        received_parse(SPAN_LIT("from a [192.0.2.1] by b [198.51.100.2] with SMTP; x"));
    assert_string_equal(b->by_ip, "198.51.100.2");
    g_autoptr(Received) c = received_parse(SPAN_LIT("from a by b (8.17.1/8.17.1) with SMTP; x"));
    assert_null(c->by_ip);
}

static void expect_ip(const char *text, const char *want)
{
    g_autofree char *got = received_ip(span_str(text));
    if (g_strcmp0(got, want) != 0)
        fail_msg("%s: got %s", text, got ? got : "(none)");
}

static void test_ip(void **state)
{
    (void)state;
    expect_ip("192.0.2.1", "192.0.2.1");
    expect_ip("[192.0.2.1]", "192.0.2.1");
    expect_ip("[192.0.2.1]:25", "192.0.2.1");
    expect_ip("192.0.2.1:25", "192.0.2.1");
    expect_ip("192.0.2.1.4711", "192.0.2.1");
    expect_ip("IPv6:2001:DB8:0::1", "2001:db8::1");
    expect_ip("[IPv6:2001:db8::1]", "2001:db8::1");
    expect_ip("fe80::1%eth0", "fe80::1");
    expect_ip("::ffff:192.0.2.1", "192.0.2.1");
    expect_ip("256.0.2.1", NULL);
    expect_ip("192.0.2", NULL);
    expect_ip("", NULL);
    expect_ip("[", NULL);
    expect_ip("mail.example.org", NULL);
}

/* Anything gives a result, quickly: one value per way to make a parser look twice. */
static void test_total(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      ";",
                                      ";;;;",
                                      "from",
                                      "from from by by",
                                      "(",
                                      ")",
                                      "((((",
                                      "from (",
                                      "from a (b [192.0.2.1 by c; d",
                                      "<",
                                      "\"",
                                      "from \"unclosed; by x",
                                      "[",
                                      "from [ by ]",
                                      "from a by",
                                      "by",
                                      "id",
                                      "with",
                                      "for <",
                                      "tls",
                                      "from a (HELO",
                                      "from a (helo=) by b",
                                      "(from )",
                                      "(envelope-from",
                                      "(envelope-from )",
                                      "\\",
                                      "from a\\ by b"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(Received) r = received_parse(span_str(bad[i]));
        assert_non_null(r);
        g_autoptr(ReceivedSpf) spf = received_spf_parse(span_str(bad[i]));
        assert_non_null(spf);
    }
    static const char *const repeated[] = {"(",  ")",     "[", "<\"", "<",  "\"", "from ",
                                           "(a", "by x ", ";", "\\(", "a=", "()"};
    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        g_autoptr(GString) big = g_string_new(NULL);
        while (big->len < 2 * CFWS_LIMIT)
            g_string_append(big, repeated[i]);
        int64_t start = g_get_monotonic_time();
        g_autoptr(Received) r = received_parse(span_of(big->str, big->len));
        g_autoptr(ReceivedSpf) spf = received_spf_parse(span_of(big->str, big->len));
        assert_true(g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC);
        assert_true(r && spf);
    }
    static const char nul[] = "from a\0b (c\0 [192.0.2.1]) by d\0";
    g_autoptr(Received) r = received_parse(span_of(nul, sizeof(nul)));
    assert_string_equal(r->ip, "192.0.2.1");
}

static void test_spf(void **state)
{
    (void)state;
    g_autoptr(ReceivedSpf) a = received_spf_parse(SPAN_LIT(
        " Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.1; helo=mail.example.org;\r\n"
        " envelope-from=\"joe smith\"@example.org; receiver=mx.example.net"));
    assert_string_equal(a->result, "pass");
    assert_string_equal(a->comment, "mailfrom");
    assert_string_equal(a->identity, "mailfrom");
    assert_string_equal(a->client_ip, "192.0.2.1");
    assert_string_equal(a->helo, "mail.example.org");
    assert_string_equal(a->envelope_from, "\"joe smith\"@example.org");
    assert_string_equal(a->receiver, "mx.example.net");

    g_autoptr(ReceivedSpf) b =
        received_spf_parse(SPAN_LIT("softfail (google.com: domain of transitioning a@example.org "
                                    "does not designate 2001:db8::1 as permitted "
                                    "sender) client-ip=2001:db8::1;"));
    assert_string_equal(b->result, "softfail");
    assert_string_equal(b->client_ip, "2001:db8::1");
    assert_null(b->envelope_from);

    /* RFC 7208 §9.1's own shape, with a quoted string and a comment in between */
    g_autoptr(ReceivedSpf) c =
        received_spf_parse(SPAN_LIT("Fail (x) receiver=mx.example.net ; client-ip = 192.0.2.9 (c) "
                                    "; envelope-from=\"a@example.org\"; helo=h"));
    assert_string_equal(c->result, "fail");
    assert_string_equal(c->client_ip, "192.0.2.9");
    assert_string_equal(c->envelope_from, "a@example.org");
    assert_string_equal(c->helo, "h");

    g_autoptr(ReceivedSpf) d =
        received_spf_parse(SPAN_LIT("none client-ip=bogus; envelope-from=<>; client-ip=192.0.2.3"));
    assert_string_equal(d->result, "none");
    assert_string_equal(d->envelope_from, "");
    assert_string_equal(d->client_ip, "192.0.2.3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_tls),
        cmocka_unit_test(test_envelope),   cmocka_unit_test(test_date),
        cmocka_unit_test(test_by_ip),      cmocka_unit_test(test_ip),
        cmocka_unit_test(test_date_value), cmocka_unit_test(test_total),
        cmocka_unit_test(test_spf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
