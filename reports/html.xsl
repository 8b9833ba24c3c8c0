<?xml version="1.0" encoding="UTF-8"?>
<!-- The report as one self-contained HTML page.

     Input: <view><r:report/><w id="...">word</w>...<letter/></view>, see view.c. key('w', id) is a word of the language.
     No script, no request, no link made of anything the message says. Everything from the message or from DNS goes through
     the mode "octets", which isolates its writing direction; escaping is what XSLT does by itself.

     The other files html-*.xsl belong to it: view.c makes one stylesheet of them, so that nothing has to be read while
     transforming. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                xmlns:exsl="http://exslt.org/common" exclude-result-prefixes="r exsl">
  <xsl:output method="html" encoding="UTF-8" indent="no" doctype-system="about:legacy-compat"/>
  <xsl:param name="lang"/>
  <xsl:param name="style"/>
  <xsl:param name="style-hash"/>

  <xsl:key name="w" match="/view/w" use="@id"/>
  <xsl:key name="finding" match="r:finding" use="@number"/>
  <xsl:key name="lacking" match="r:finding[@outcome = 'not-evaluable']" use="r:arguments/r:argument[1]/r:value"/>
  <xsl:variable name="report" select="/view/r:report"/>
  <xsl:variable name="verdict" select="$report/r:verdict"/>
  <xsl:variable name="findings" select="$report/r:findings/r:finding"/>
  <xsl:variable name="told" select="$findings[@outcome = 'fail' and not(@since-baseline = 'known' or @since-baseline = 'better')]"/>
  <xsl:variable name="failing" select="$told[@waived = 'false']"/>

  <xsl:variable name="house" select="$report/r:run/@house | $report/r:run[not(@house)]/@operator"/>

  <!-- small things -->

  <xsl:template match="*" mode="octets"><bdi class="octets"><xsl:value-of select="."/></bdi></xsl:template>
  <xsl:template match="@*" mode="octets"><bdi class="octets"><xsl:value-of select="."/></bdi></xsl:template>

  <xsl:template name="fill">
    <xsl:param name="id"/><xsl:param name="value"/>
    <xsl:variable name="word" select="key('w', $id)"/>
    <xsl:choose>
      <xsl:when test="contains($word, '{}')">
        <xsl:value-of select="substring-before($word, '{}')"/>
        <bdi><xsl:value-of select="$value"/></bdi>
        <xsl:value-of select="substring-after($word, '{}')"/>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$word"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="count">
    <xsl:param name="id"/><xsl:param name="n"/>
    <xsl:choose>
      <xsl:when test="$n = 1"><xsl:value-of select="key('w', concat($id, '.one'))"/></xsl:when>
      <xsl:otherwise>
        <xsl:call-template name="fill">
          <xsl:with-param name="id" select="$id"/><xsl:with-param name="value" select="$n"/>
        </xsl:call-template>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="tone">
    <xsl:param name="word"/>
    <xsl:variable name="in" select="concat(' ', $word, ' ')"/>
    <xsl:choose>
      <xsl:when test="contains(' pass yes usable verifies matches match good ', $in)">good</xsl:when>
      <xsl:when test="contains(' fail no permerror policy error missing revoked malformed unsuitable changed key-or-value wrong-hash unverified differs bad ', $in)">bad</xsl:when>
      <xsl:when test="contains(' none not-applicable not-evaluated not-asked not-supplied not-reached no-match info ', $in)">dim</xsl:when>
      <xsl:otherwise>fair</xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- A sign and a word: never the colour alone. -->
  <xsl:template name="status">
    <xsl:param name="word"/><xsl:param name="text" select="$word"/>
    <xsl:variable name="tone"><xsl:call-template name="tone"><xsl:with-param name="word" select="$word"/></xsl:call-template></xsl:variable>
    <span class="status {$tone}">
      <span class="sign" aria-hidden="true">
        <xsl:choose>
          <xsl:when test="$tone = 'good'">✓</xsl:when>
          <xsl:when test="$tone = 'bad'">✗</xsl:when>
          <xsl:when test="$tone = 'dim'">–</xsl:when>
          <xsl:otherwise>!</xsl:otherwise>
        </xsl:choose>
      </span>
      <xsl:text> </xsl:text>
      <xsl:value-of select="$text"/>
    </span>
  </xsl:template>

  <xsl:template name="row">
    <xsl:param name="id"/><xsl:param name="value"/>
    <xsl:if test="string($value) != ''">
      <dt><xsl:value-of select="key('w', $id)"/></dt>
      <dd><xsl:apply-templates select="$value" mode="octets"/></dd>
    </xsl:if>
  </xsl:template>

  <xsl:template name="section">
    <xsl:param name="id"/><xsl:param name="content"/>
    <section id="{$id}" aria-labelledby="h-{$id}">
      <h2 id="h-{$id}"><xsl:value-of select="key('w', $id)"/></h2>
      <xsl:copy-of select="$content"/>
    </section>
  </xsl:template>

  <xsl:template name="time">
    <xsl:param name="at"/>
    <time datetime="{$at}"><xsl:value-of select="translate($at, 'TZ', ' ')"/></time>
  </xsl:template>

  <!-- the page -->

  <xsl:template match="/view">
    <html lang="{$lang}">
      <head>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{$style-hash}'; img-src data:; base-uri 'none'; form-action 'none'"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="robots" content="noindex, nofollow"/>
        <meta name="referrer" content="no-referrer"/>
        <meta name="color-scheme" content="light dark"/>
        <title><xsl:call-template name="title"/></title>
        <style><xsl:value-of select="$style" disable-output-escaping="yes"/></style>
      </head>
      <body>
        <a class="skip" href="#report"><xsl:value-of select="key('w', 'skip')"/></a>
        <xsl:call-template name="masthead"/>
        <div class="frame">
          <xsl:call-template name="contents"/>
          <main id="report" tabindex="-1">
            <xsl:apply-templates select="$report/r:remedies"/>
            <xsl:apply-templates select="/view/letter"/>
            <xsl:apply-templates select="$report/r:plan"/>
            <xsl:apply-templates select="$report/r:alignment"/>
            <xsl:apply-templates select="$report/r:identities"/>
            <xsl:apply-templates select="$report/r:hops"/>
            <xsl:apply-templates select="$report/r:signatures"/>
            <xsl:apply-templates select="$report/r:spf"/>
            <xsl:apply-templates select="$report/r:dmarc"/>
            <xsl:apply-templates select="$report/r:arc"/>
            <xsl:apply-templates select="$report/r:receiver-said"/>
            <xsl:apply-templates select="$report/r:providers"/>
            <xsl:apply-templates select="$report/r:domain-records"/>
            <xsl:apply-templates select="$report/r:block-lists"/>
            <xsl:call-template name="findings"/>
            <xsl:apply-templates select="$report/r:mime"/>
            <xsl:apply-templates select="$report/r:dns"/>
            <xsl:apply-templates select="$report/r:input"/>
          </main>
        </div>
        <footer>
          <p><xsl:value-of select="$report/@program"/> · <xsl:value-of select="key('w', 'escapes')"/></p>
        </footer>
      </body>
    </html>
  </xsl:template>

  <!-- Short: it stands in a tab. -->
  <xsl:template name="title">
    <xsl:variable name="sentence" select="string($verdict/r:sentence[@lang = $lang])"/>
    <xsl:variable name="clause" select="substring-before(concat($sentence, ';'), ';')"/>
    <xsl:variable name="title" select="concat(substring('≤', 1, number($verdict/@open != 'no')), $verdict/@score, '/100 · ', $clause)"/>
    <xsl:choose>
      <xsl:when test="string-length($title) &gt; 70"><xsl:value-of select="concat(substring($title, 1, 69), '…')"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$title"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="link">
    <xsl:param name="id"/>
    <li><a href="#{$id}"><xsl:value-of select="key('w', $id)"/></a></li>
  </xsl:template>

  <xsl:template name="contents">
    <nav aria-label="{key('w', 'contents')}">
      <ul>
        <xsl:if test="$report/r:remedies/r:offered/r:remedy or $report/r:remedies/r:over-budget/r:too-many-lookups"><xsl:call-template name="link"><xsl:with-param name="id" select="'remedies'"/></xsl:call-template></xsl:if>
        <xsl:if test="/view/letter"><xsl:call-template name="link"><xsl:with-param name="id" select="'letter'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:plan"><xsl:call-template name="link"><xsl:with-param name="id" select="'plan'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:alignment/r:steps/r:step"><xsl:call-template name="link"><xsl:with-param name="id" select="'steps'"/></xsl:call-template></xsl:if>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'identities'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'hops'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'signatures'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'spf'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'dmarc'"/></xsl:call-template>
        <xsl:if test="$report/r:arc/@result != 'none'"><xsl:call-template name="link"><xsl:with-param name="id" select="'arc'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:receiver-said/r:statement"><xsl:call-template name="link"><xsl:with-param name="id" select="'said'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:providers"><xsl:call-template name="link"><xsl:with-param name="id" select="'providers'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:domain-records/r:domain-record[@purpose = 'mta-sts']"><xsl:call-template name="link"><xsl:with-param name="id" select="'other-records'"/></xsl:call-template></xsl:if>
        <xsl:if test="$report/r:block-lists"><xsl:call-template name="link"><xsl:with-param name="id" select="'block-lists'"/></xsl:call-template></xsl:if>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'findings'"/></xsl:call-template>
        <xsl:if test="$findings[@outcome = 'not-evaluable']"><xsl:call-template name="link"><xsl:with-param name="id" select="'not-evaluable'"/></xsl:call-template></xsl:if>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'mime'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'dns'"/></xsl:call-template>
        <xsl:call-template name="link"><xsl:with-param name="id" select="'input'"/></xsl:call-template>
      </ul>
    </nav>
  </xsl:template>

  <!-- findings -->

  <xsl:template name="findings">
    <section id="findings" aria-labelledby="h-findings">
      <h2 id="h-findings"><xsl:value-of select="key('w', 'findings')"/></h2>
      <xsl:if test="not($failing)"><p class="status good"><span class="sign" aria-hidden="true">✓</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'no-findings')[not($report/r:baseline)] | key('w', 'baseline-nothing')[$report/r:baseline]"/></p></xsl:if>
      <xsl:call-template name="group"><xsl:with-param name="severity" select="'error'"/></xsl:call-template>
      <xsl:call-template name="group"><xsl:with-param name="severity" select="'warning'"/></xsl:call-template>
      <xsl:call-template name="group"><xsl:with-param name="severity" select="'notice'"/></xsl:call-template>
      <xsl:call-template name="group"><xsl:with-param name="severity" select="'info'"/></xsl:call-template>
      <xsl:if test="$told[@waived = 'true']">
        <h3><xsl:value-of select="key('w', 'waived')"/></h3>
        <xsl:apply-templates select="$told[@waived = 'true']"/>
      </xsl:if>
      <xsl:apply-templates select="$report/r:baseline" mode="findings"/>
      <xsl:if test="$findings[@outcome = 'pass']">
        <details>
          <summary><xsl:call-template name="count"><xsl:with-param name="id" select="'passed-count'"/><xsl:with-param name="n" select="count($findings[@outcome = 'pass'])"/></xsl:call-template></summary>
          <ul class="columns"><xsl:for-each select="$findings[@outcome = 'pass']"><li><code><xsl:value-of select="@rule"/></code><xsl:if test="@object != ''"><xsl:text> </xsl:text><xsl:apply-templates select="@object" mode="octets"/></xsl:if></li></xsl:for-each></ul>
        </details>
      </xsl:if>
    </section>
    <xsl:if test="$findings[@outcome = 'not-evaluable']">
      <section id="not-evaluable" aria-labelledby="h-not-evaluable">
        <h2 id="h-not-evaluable"><xsl:value-of select="key('w', 'not-evaluable')"/></h2>
        <p><xsl:value-of select="key('w', 'not-evaluable-why')"/></p>
        <ul>
          <xsl:for-each select="$findings[@outcome = 'not-evaluable'][generate-id() = generate-id(key('lacking', r:arguments/r:argument[1]/r:value)[1])]">
            <xsl:variable name="missing" select="string(r:arguments/r:argument[1]/r:value)"/>
            <xsl:variable name="fact" select="key('w', concat('missing.', $missing))"/>
            <li>
              <xsl:call-template name="fill">
                <xsl:with-param name="id" select="'missing-fact'"/>
                <xsl:with-param name="value"><xsl:choose><xsl:when test="$fact"><xsl:value-of select="$fact"/></xsl:when><xsl:otherwise><xsl:value-of select="$missing"/></xsl:otherwise></xsl:choose></xsl:with-param>
              </xsl:call-template>
              <ul class="columns">
                <xsl:for-each select="key('lacking', $missing)">
                  <li id="finding-{@number}"><code><xsl:value-of select="@rule"/></code><xsl:if test="@object != ''"><xsl:text> </xsl:text><xsl:apply-templates select="@object" mode="octets"/></xsl:if></li>
                </xsl:for-each>
              </ul>
            </li>
          </xsl:for-each>
        </ul>
      </section>
    </xsl:if>
  </xsl:template>

  <xsl:template name="group">
    <xsl:param name="severity"/>
    <xsl:if test="$failing[@severity = $severity]">
      <h3><xsl:value-of select="key('w', concat('severities.', $severity))"/></h3>
      <p class="detail"><xsl:value-of select="key('w', concat('meaning.', $severity))"/></p>
      <xsl:apply-templates select="$failing[@severity = $severity]"/>
    </xsl:if>
  </xsl:template>

  <!-- A long record that stands below the text anyway is not told twice. -->
  <xsl:template match="r:fix">
    <xsl:variable name="record" select="string(../r:proposed-records/r:proposed-record[1]/r:value)"/>
    <xsl:choose>
      <xsl:when test="string-length($record) &gt; 80 and contains(., $record)"><xsl:value-of select="concat(substring-before(., $record), key('w', 'see-below'), substring-after(., $record))"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="."/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="r:proposed-record">
    <xsl:apply-templates select="@name" mode="octets"/><xsl:text> </xsl:text><code><xsl:value-of select="@type"/></code><pre dir="ltr"><xsl:value-of select="r:value"/></pre>
    <xsl:apply-templates select="r:replaced-terms"/>
    <xsl:if test="@trial = 'no-gain' or @trial = 'over-budget'"><p class="note"><xsl:value-of select="key('w', 'trial')"/>: <xsl:value-of select="key('w', concat('trial.', @trial))"/></p></xsl:if>
  </xsl:template>

  <xsl:template match="r:finding">
    <article class="finding {@severity}" id="finding-{@number}">
      <h4>
        <span class="badge {@severity}"><xsl:value-of select="key('w', concat('severity.', @severity))"/></span>
        <xsl:text> </xsl:text><span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text>
        <xsl:value-of select="r:title[@lang = $lang]"/>
      </h4>
      <p class="detail">
        <code><xsl:value-of select="@rule"/></code>
        <xsl:text> · </xsl:text>
        <xsl:choose>
          <xsl:when test="@object != ''"><xsl:apply-templates select="@object" mode="octets"/></xsl:when>
          <xsl:otherwise><xsl:value-of select="key('w', 'whole-message')"/></xsl:otherwise>
        </xsl:choose>
        <xsl:text> · </xsl:text><xsl:value-of select="key('w', concat('certainty.', @certainty))"/>
        <xsl:if test="@points &gt; 0"> · <xsl:call-template name="count"><xsl:with-param name="id" select="'costs'"/><xsl:with-param name="n" select="@points"/></xsl:call-template></xsl:if>
      </p>
      <dl>
        <xsl:call-template name="exemption"/>
        <xsl:if test="r:why"><dt><xsl:value-of select="key('w', 'why')"/></dt><dd><xsl:value-of select="r:why[@lang = $lang]"/></dd></xsl:if>
        <xsl:if test="r:fix"><dt><xsl:value-of select="key('w', 'fix')"/></dt><dd><xsl:apply-templates select="r:fix[@lang = $lang]"/></dd></xsl:if>
        <dt><xsl:value-of select="key('w', 'who')"/></dt><dd><xsl:value-of select="key('w', concat('actor.', @actor))"/></dd>
        <xsl:for-each select="r:proposed-records/r:proposed-record">
          <dt><xsl:value-of select="key('w', concat('action.', @action))"/></dt>
          <dd><xsl:apply-templates select="."/></dd>
        </xsl:for-each>
        <xsl:for-each select="r:place">
          <dt><xsl:value-of select="key('w', 'place')"/></dt>
          <dd>
            <xsl:choose>
              <xsl:when test="@line"><xsl:call-template name="fill"><xsl:with-param name="id" select="'line-number'"/><xsl:with-param name="value" select="@line"/></xsl:call-template></xsl:when>
              <xsl:otherwise><xsl:call-template name="fill"><xsl:with-param name="id" select="'offset'"/><xsl:with-param name="value" select="@offset"/></xsl:call-template></xsl:otherwise>
            </xsl:choose>
            <xsl:if test="r:field-name">, <xsl:apply-templates select="r:field-name" mode="octets"/></xsl:if>
            <xsl:if test="r:excerpt != '' and not(r:field-name and starts-with(r:excerpt, r:field-name))"><pre dir="ltr"><xsl:value-of select="r:excerpt"/></pre></xsl:if>
          </dd>
        </xsl:for-each>
        <xsl:apply-templates select="r:in-record"/>
        <xsl:if test="r:references/r:reference">
          <dt><xsl:value-of select="key('w', 'references')"/></dt>
          <dd>
            <xsl:for-each select="r:references/r:reference">
              <xsl:if test="position() &gt; 1">; </xsl:if>
              <xsl:choose>
                <xsl:when test="starts-with(@url, 'https://')"><a href="{@url}" rel="noopener noreferrer"><xsl:value-of select="@label"/></a></xsl:when>
                <xsl:otherwise><xsl:value-of select="@label"/></xsl:otherwise>
              </xsl:choose>
            </xsl:for-each>
          </dd>
        </xsl:if>
      </dl>
    </article>
  </xsl:template>

</xsl:stylesheet>
