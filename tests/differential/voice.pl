#!/usr/bin/perl
# Mail::DKIM and Mail::SPF as voices: JSON lines in, JSON lines out, DNS and time from the case.
# usage: voice.pl maildkim|mailspf
use strict;
use warnings;

our $now;
BEGIN { *CORE::GLOBAL::time = sub { defined $now ? $now : CORE::time() } }

package World;

# A resolver as Net::DNS::Resolver is used by both modules: send() and errorstring().
sub new { return bless { index => {}, names => {}, faults => {}, error => '' }, shift }

sub fill {
    my ($self, $case) = @_;
    %$self = (index => {}, names => {}, faults => {}, error => '');
    for my $record (@{$case->{records}}) {
        my ($name, $type, $rdata) = @$record;
        push @{$self->{index}{"$name $type"}}, $rdata;
        my @labels = split /\./, $name;
        $self->{names}{join '.', @labels[$_ .. $#labels]} = 1 for 0 .. $#labels;
    }
    $self->{faults}{"$_->[0] $_->[1]"} = $_->[2] for @{$case->{faults}};
}

sub rr {
    my ($name, $type, $rdata) = @_;
    my %data = (owner => $name, type => $type, ttl => 300, class => 'IN');
    if ($type eq 'TXT') { $data{txtdata} = $rdata }
    elsif ($type eq 'MX') { @data{qw(preference exchange)} = split / /, $rdata }
    elsif ($type eq 'PTR') { $data{ptrdname} = $rdata }
    elsif ($type eq 'CNAME') { $data{cname} = $rdata }
    else { $data{address} = $rdata }
    return Net::DNS::RR->new(%data);
}

sub errorstring { return $_[0]{error} }
sub udppacketsize { return 4096 }

sub send {
    my ($self, $asked, $type) = @_;
    my $name = lc $asked;
    $name =~ s/\.$//;
    $self->{error} = 'NOERROR';
    my $packet = Net::DNS::Packet->new($name, $type);
    $packet->header->qr(1);
    for (1 .. 9) {
        my $fault = $self->{faults}{"$name $type"};
        if ($fault && $fault eq 'timeout') {
            $self->{error} = 'query timed out';
            return undef;
        }
        if ($fault) {
            $self->{error} = 'SERVFAIL';
            $packet->header->rcode('SERVFAIL');
            return $packet;
        }
        if (my $found = $self->{index}{"$name $type"}) {
            $packet->push(answer => rr($name, $type, $_)) for @$found;
            return $packet;
        }
        my $alias = $self->{index}{"$name CNAME"};
        if (!$alias) {
            $packet->header->rcode('NXDOMAIN') unless $self->{names}{$name};
            $self->{error} = 'NXDOMAIN' unless $self->{names}{$name};
            return $packet;
        }
        $packet->push(answer => rr($name, 'CNAME', $alias->[0]));
        $name = lc $alias->[0];
    }
    $self->{error} = 'SERVFAIL';
    $packet->header->rcode('SERVFAIL');
    return $packet;
}

package main;
use JSON::PP ();
use MIME::Base64 ();
use Net::DNS;

my $world = World->new;
my $json = JSON::PP->new->ascii;

sub maildkim {
    my ($case) = @_;
    my $dkim = Mail::DKIM::Verifier->new;
    $dkim->PRINT(MIME::Base64::decode_base64($case->{message}));
    $dkim->CLOSE;
    my @signatures = $dkim->signatures;
    my %seen = map { ($_->result || 'none') => 1 } @signatures;
    my $detail = join '; ', map { $_->result_detail || '' } @signatures;
    my ($word) = grep { $seen{$_} } qw(pass temperror);
    return (verdict => 'abstains', detail => $detail) if !$word && $detail =~ /unsupported algorithm ed25519-sha256/;
    return (verdict => $word || 'notpass', detail => @signatures ? $detail : $dkim->result_detail);
}

sub mailspf {
    my ($case, $server) = @_;
    my $null = $case->{mail_from} eq '';
    my $request = Mail::SPF::Request->new(
        scope => $null ? 'helo' : 'mfrom',
        identity => $null ? $case->{helo} : $case->{mail_from},
        ip_address => $case->{ip},
        helo_identity => $case->{helo},
    );
    my $result = $server->process($request);
    my %answer = (verdict => $result->code, detail => $result->text);
    if ($result->code eq 'fail') {
        my $text = $result->authority_explanation;
        $answer{explanation} = "$text" if defined $text && "$text" ne 'DEFAULT';
    }
    return %answer;
}

my $which = shift @ARGV;
my $server;
if ($which eq 'maildkim') {
    require Mail::DKIM::Verifier;
    require Mail::DKIM::DNS;
    Mail::DKIM::DNS::resolver($world);
} else {
    require Mail::SPF;
    require Mail::SPF::Server;
    $server = Mail::SPF::Server->new(dns_resolver => $world, hostname => 'mx.receiver.example',
        default_authority_explanation => 'DEFAULT', query_rr_types => Mail::SPF::Server->query_rr_type_txt);
}
while (my $line = <STDIN>) {
    my $case = $json->decode($line);
    $world->fill($case);
    $now = $case->{now};
    my %answer = eval { $which eq 'maildkim' ? maildkim($case) : mailspf($case, $server) };
    if ($@) {
        my $error = $@;
        %answer = (verdict => 'crash', detail => ref $error ? ref($error) . ': ' . $error->text : $error);
    }
    print $json->encode({ id => $case->{id}, %answer }), "\n";
}
