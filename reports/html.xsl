<?xml version="1.0" encoding="UTF-8"?>
<!-- The report as one self-contained HTML page.

     Input: <view><r:report/><w id="...">word</w>...<letter/></view>, see view.c. key('w', id) is a word of the language.
     No script, no request, no link made of anything the message says. Everything from the message or from DNS goes through
     the mode "octets", which isolates its writing direction; escaping is what XSLT does by itself.

     The other html-*.xsl belong to it: view.c makes one stylesheet of them, so that nothing has to be read while
     transforming. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">
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
        <title><xsl:if test="$verdict/@open != 'no'">≤</xsl:if><xsl:value-of select="$verdict/@score"/>/100 · <xsl:value-of select="$verdict/r:sentence[@lang = $lang]"/></title>
        <style><xsl:value-of select="$style" disable-output-escaping="yes"/></style>
      </head>
      <body>
        <xsl:call-template name="masthead"/>
        <div class="frame">
          <xsl:call-template name="contents"/>
          <main>
            <xsl:apply-templates select="$report/r:remedies"/>
            <xsl:apply-templates select="/view/letter"/>
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

  <xsl:template name="link">
    <xsl:param name="id"/>
    <li><a href="#{$id}"><xsl:value-of select="key('w', $id)"/></a></li>
  </xsl:template>

  <xsl:template name="contents">
    <nav aria-label="{key('w', 'contents')}">
      <ul>
        <xsl:if test="$report/r:remedies/r:offered/r:remedy or $report/r:remedies/r:over-budget/r:too-many-lookups"><xsl:call-template name="link"><xsl:with-param name="id" select="'remedies'"/></xsl:call-template></xsl:if>
        <xsl:if test="/view/letter"><xsl:call-template name="link"><xsl:with-param name="id" select="'letter'"/></xsl:call-template></xsl:if>
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

  <!-- the answer on one screen -->

  <xsl:template name="masthead">
    <header>
      <div class="wide">
        <p class="eyebrow">
          <xsl:if test="$house"><xsl:value-of select="$house"/> · </xsl:if>
          <xsl:value-of select="key('w', 'title')"/> · <xsl:apply-templates select="$report/r:input/@name" mode="octets"/>
        </p>
        <xsl:if test="starts-with($report/r:run/r:logo, 'data:image/')">
          <img class="logo" src="{$report/r:run/r:logo}" alt="{$house}"/>
        </xsl:if>
        <div class="verdict">
          <xsl:call-template name="ring"/>
          <div>
            <h1><xsl:value-of select="$verdict/r:sentence[@lang = $lang]"/></h1>
            <xsl:apply-templates select="$report/r:baseline" mode="top"/>
            <ul class="methods">
              <xsl:for-each select="$verdict/@dmarc | $verdict/@spf | $verdict/@dkim | $verdict/@arc">
                <li>
                  <b><xsl:value-of select="translate(name(), 'acdfikmprs', 'ACDFIKMPRS')"/></b>
                  <xsl:text> </xsl:text>
                  <xsl:call-template name="status"><xsl:with-param name="word" select="string(.)"/></xsl:call-template>
                </li>
              </xsl:for-each>
            </ul>
            <xsl:if test="$report/r:input/r:copy/@repaired = 'true'"><p class="note">! <xsl:value-of select="key('w', 'copy-repaired')"/><xsl:text> </xsl:text><xsl:for-each select="$report/r:input/r:copy/r:repairs/r:repair"><xsl:value-of select="key('w', concat('cause.', .))"/>. </xsl:for-each></p></xsl:if>
            <xsl:if test="$report/r:input/@headers-only = 'true'"><p class="note">! <xsl:value-of select="key('w', 'headers-only')"/></p></xsl:if>
          </div>
        </div>
        <div class="answer">
          <xsl:call-template name="arithmetic"/>
          <xsl:call-template name="first"/>
        </div>
      </div>
    </header>
  </xsl:template>

  <xsl:template name="ring">
    <xsl:variable name="score-words" select="key('w', 'score-at-most')[$verdict/@open != 'no'] | key('w', 'score-of')[$verdict/@open = 'no']"/>
    <svg class="ring {$verdict/@standing}" viewBox="0 0 120 120" width="120" height="120" role="img" aria-labelledby="ring-title">
      <title id="ring-title"><xsl:value-of select="key('w', 'score')"/>: <xsl:value-of select="concat(substring-before($score-words, '{}'), $verdict/@score, substring-after($score-words, '{}'))"/></title>
      <circle class="track" cx="60" cy="60" r="52" fill="none" stroke-width="9"/>
      <circle class="part" cx="60" cy="60" r="52" fill="none" stroke-width="9" pathLength="100" stroke-dasharray="{$verdict/@score} 100" transform="rotate(-90 60 60)"/>
      <text x="60" y="66" text-anchor="middle" class="big"><xsl:if test="$verdict/@open != 'no'">≤</xsl:if><xsl:value-of select="$verdict/@score"/></text>
      <text x="60" y="84" text-anchor="middle" class="small"><xsl:value-of select="normalize-space(translate(key('w', 'score-of'), '{}', ''))"/></text>
    </svg>
  </xsl:template>

  <xsl:template name="arithmetic">
    <div class="sum">
      <table>
        <caption><xsl:value-of select="key('w', 'arithmetic')"/></caption>
        <tbody>
          <tr><td class="number"><xsl:value-of select="$report/r:score/@start"/></td><th scope="row"><xsl:value-of select="key('w', 'start')"/></th></tr>
          <xsl:for-each select="$report/r:score/r:deductions/r:deduction">
            <tr>
              <td class="number">−<xsl:value-of select="@points"/></td>
              <th scope="row">
                <span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text><a href="#finding-{@finding-number}"><xsl:value-of select="r:title[@lang = $lang]"/></a>
              </th>
            </tr>
          </xsl:for-each>
          <xsl:if test="$report/r:score/r:cap">
            <tr class="total"><td class="number"><xsl:value-of select="$report/r:score/@uncapped"/></td><th scope="row"><xsl:value-of select="key('w', 'uncapped')"/></th></tr>
            <tr>
              <td class="number">≤<xsl:value-of select="$report/r:score/r:cap/@limit"/></td>
              <th scope="row"><xsl:value-of select="$report/r:score/r:cap/r:reason[@lang = $lang]"/></th>
            </tr>
          </xsl:if>
        </tbody>
        <tfoot>
          <tr class="total"><td class="number"><xsl:if test="$verdict/@open != 'no'">≤</xsl:if><xsl:value-of select="$report/r:score/@value"/></td><th scope="row"><xsl:value-of select="key('w', 'score')"/></th></tr>
        </tfoot>
      </table>
    </div>
  </xsl:template>

  <!-- Each kind of cause once, however many signatures it breaks. -->
  <xsl:template name="what-happened">
    <xsl:variable name="causes" select="$report/r:signatures/r:signature/r:causes/r:cause"/>
    <xsl:if test="$causes">
      <h2><xsl:value-of select="key('w', 'what-happened')"/></h2>
      <ul class="plain">
        <xsl:for-each select="$causes[not(@id = preceding::r:cause/@id)][position() &lt;= 6]">
          <li>
            <a href="#signature-{../../@number}"><xsl:value-of select="key('w', concat('cause.', @id))"/></a>
            <span class="detail"><xsl:text> </xsl:text><xsl:value-of select="key('w', concat('cause-certainty.', @certainty))"/> · <xsl:call-template name="fill"><xsl:with-param name="id" select="'points-to'"/><xsl:with-param name="value" select="key('w', concat('actor.', @actor))"/></xsl:call-template></span>
          </li>
        </xsl:for-each>
      </ul>
    </xsl:if>
  </xsl:template>

  <xsl:template name="first">
    <div class="todo">
      <xsl:call-template name="what-happened"/>
      <h2>
        <xsl:value-of select="key('w', 'blockers')"/>
      </h2>
      <xsl:choose>
        <xsl:when test="$verdict/r:blockers/r:blocker[@finding-number = $told/@number]">
          <ul class="plain">
            <xsl:for-each select="$verdict/r:blockers/r:blocker[@finding-number = $told/@number]">
              <li class="status bad"><span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text><a href="#finding-{@finding-number}"><xsl:value-of select="key('finding', @finding-number)/r:title[@lang = $lang]"/></a><p class="plain-text"><xsl:value-of select="key('finding', @finding-number)/r:why[@lang = $lang]"/></p></li>
            </xsl:for-each>
          </ul>
        </xsl:when>
        <xsl:when test="$verdict/r:blockers/r:blocker"><p><xsl:value-of select="key('w', 'baseline-known')"/></p></xsl:when>
        <xsl:otherwise><p class="status good"><span class="sign" aria-hidden="true">✓</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'no-blockers')"/></p></xsl:otherwise>
      </xsl:choose>
      <xsl:variable name="actions" select="$verdict/r:actions/r:action[@finding-number = $told/@number]"/>
      <xsl:variable name="action" select="$actions[1]"/>
      <xsl:choose>
        <xsl:when test="$action">
          <xsl:variable name="finding" select="key('finding', $action/@finding-number)"/>
          <h2><xsl:value-of select="key('w', 'first')"/></h2>
          <xsl:if test="not($verdict/r:blockers/r:blocker[@finding-number = $action/@finding-number])"><p><xsl:value-of select="$finding/r:why[@lang = $lang]"/></p></xsl:if>
          <p><xsl:apply-templates select="$finding/r:fix[@lang = $lang]"/></p>
          <xsl:apply-templates select="$finding/r:proposed-records/r:proposed-record"/>
          <xsl:call-template name="effect-of"><xsl:with-param name="number" select="$action/@finding-number"/></xsl:call-template>
          <p class="who"><b><xsl:value-of select="key('w', 'who')"/>:</b><xsl:text> </xsl:text><xsl:value-of select="key('w', concat('actor.', $action/@actor))"/>. <a href="#finding-{$action/@finding-number}"><xsl:value-of select="key('w', 'finding')"/><xsl:text> </xsl:text><code><xsl:value-of select="$action/@rule"/></code></a></p>
          <xsl:if test="count($actions) &gt; 1">
            <p class="more"><xsl:call-template name="count"><xsl:with-param name="id" select="'more-actions'"/><xsl:with-param name="n" select="count($actions) - 1"/></xsl:call-template></p>
          </xsl:if>
        </xsl:when>
        <xsl:when test="$report/r:baseline"><h2><xsl:value-of select="key('w', 'baseline-no-action')"/></h2></xsl:when>
        <xsl:otherwise><h2><xsl:value-of select="key('w', 'nothing-to-do')"/></h2></xsl:otherwise>
      </xsl:choose>
    </div>
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
