<?xml version="1.0" encoding="UTF-8"?>
<!-- The facts in the order of the procedure, and at the end the sources; laid into html.xsl by view.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1">
  <!-- steps -->

  <xsl:template match="r:alignment">
    <xsl:if test="r:steps/r:step">
      <xsl:call-template name="section">
        <xsl:with-param name="id" select="'steps'"/>
        <xsl:with-param name="content">
          <ol class="steps">
            <xsl:for-each select="r:steps/r:step">
              <li>
                <span class="question"><xsl:value-of select="key('w', concat('step.', @id))"/></span>
                <xsl:text> </xsl:text>
                <xsl:call-template name="status">
                  <xsl:with-param name="word" select="string(@answer)"/>
                  <xsl:with-param name="text" select="string(key('w', concat('answer.', @answer)))"/>
                </xsl:call-template>
                <xsl:if test="@object != ''"><xsl:text> </xsl:text><xsl:apply-templates select="@object" mode="octets"/></xsl:if>
                <xsl:if test="r:detail != ''"><span class="detail"><xsl:text> </xsl:text><xsl:apply-templates select="r:detail" mode="octets"/></span></xsl:if>
              </li>
            </xsl:for-each>
          </ol>
          <xsl:call-template name="signing-domains"/>
        </xsl:with-param>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <!-- SPF -->

  <xsl:template match="r:spf">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'spf'"/>
      <xsl:with-param name="content">
        <xsl:apply-templates select="r:spf-mail-from | r:spf-helo"/>
        <xsl:apply-templates select="r:survey"/>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="r:spf-mail-from | r:spf-helo">
    <h3>
      <xsl:value-of select="key('w', substring-after(local-name(), 'spf-'))"/>
      <xsl:text> </xsl:text><xsl:apply-templates select="@domain" mode="octets"/><xsl:text> </xsl:text>
      <xsl:if test="@evaluable = 'true'"><xsl:call-template name="status"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template></xsl:if>
    </h3>
    <xsl:if test="@evaluable = 'false'">
      <p><xsl:call-template name="fill"><xsl:with-param name="id" select="'not-evaluable-missing'"/><xsl:with-param name="value" select="key('w', @missing)"/></xsl:call-template></p>
    </xsl:if>
    <xsl:if test="@evaluable = 'true'">
      <p class="detail">
        <xsl:call-template name="fill"><xsl:with-param name="id" select="'lookups'"/><xsl:with-param name="value" select="@lookups"/></xsl:call-template>, <xsl:call-template name="fill"><xsl:with-param name="id" select="'voids'"/><xsl:with-param name="value" select="@voids"/></xsl:call-template>
        <xsl:if test="@problem"> · <b><xsl:value-of select="@problem"/></b></xsl:if>
      </p>
      <xsl:call-template name="lookup-gauge"/>
      <dl>
        <xsl:call-template name="row"><xsl:with-param name="id" select="'path'"/><xsl:with-param name="value" select="r:matched"/></xsl:call-template>
        <xsl:call-template name="row"><xsl:with-param name="id" select="'explanation'"/><xsl:with-param name="value" select="r:explanation"/></xsl:call-template>
      </dl>
      <xsl:if test="r:spf-record"><ul class="tree"><xsl:apply-templates select="r:spf-record"/></ul></xsl:if>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:spf-record">
    <li>
      <xsl:call-template name="fill"><xsl:with-param name="id" select="'record-of'"/><xsl:with-param name="value" select="@domain"/></xsl:call-template>
      <xsl:if test="@result"><xsl:text> </xsl:text><xsl:call-template name="status"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template></xsl:if>
      <xsl:if test="@problem"><xsl:text> </xsl:text><code><xsl:value-of select="@problem"/></code></xsl:if>
      <ul><xsl:apply-templates select="r:terms/r:term"/></ul>
    </li>
  </xsl:template>

  <!-- Ten cells, one for each lookup that receivers make. -->
  <xsl:template name="lookup-gauge">
    <svg class="gauge" viewBox="0 0 138 10" width="138" height="10" aria-hidden="true" focusable="false">
      <xsl:call-template name="cells"><xsl:with-param name="filled" select="number(@lookups)"/></xsl:call-template>
    </svg>
  </xsl:template>

  <xsl:template name="cells">
    <xsl:param name="filled"/><xsl:param name="i" select="0"/>
    <rect x="{14 * $i}" y="0" width="12" height="10" rx="2">
      <xsl:attribute name="class"><xsl:choose><xsl:when test="$i &gt;= $filled">cell</xsl:when><xsl:when test="$filled &gt; 10">cell over</xsl:when><xsl:otherwise>cell full</xsl:otherwise></xsl:choose></xsl:attribute>
    </rect>
    <xsl:if test="$i &lt; 9"><xsl:call-template name="cells"><xsl:with-param name="filled" select="$filled"/><xsl:with-param name="i" select="$i + 1"/></xsl:call-template></xsl:if>
  </xsl:template>

  <xsl:template match="r:term">
    <!-- The sum when this term has made its own lookup: all of the terms before it, one for each record it lies in. -->
    <xsl:variable name="own" select="@lookups - sum(r:spf-record/r:terms/r:term/@lookups)"/>
    <xsl:variable name="sum" select="sum(ancestor-or-self::r:term/preceding-sibling::r:term/@lookups) + count(ancestor::r:term) + $own"/>
    <li>
      <!-- A match inside an include that does not match decides nothing. -->
      <xsl:attribute name="class">term <xsl:value-of select="@outcome"/><xsl:if test="@outcome = 'match' and not(ancestor::r:term[@outcome != 'match'])"> on-path</xsl:if></xsl:attribute>
      <code><xsl:apply-templates select="r:text" mode="octets"/></code>
      <xsl:if test="@outcome"><xsl:text> </xsl:text><span class="outcome"><xsl:value-of select="key('w', concat('outcome.', @outcome))"/></span></xsl:if>
      <xsl:if test="@problem"><xsl:text> </xsl:text><span class="status bad"><span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text><xsl:value-of select="@problem"/></span></xsl:if>
      <xsl:if test="$own &gt; 0">
        <xsl:text> </xsl:text>
        <span class="cost">
          <xsl:if test="$sum &gt; 10"><xsl:attribute name="class">cost bad</xsl:attribute>✗ </xsl:if>
          <xsl:call-template name="count"><xsl:with-param name="id" select="'term-cost'"/><xsl:with-param name="n" select="$own"/></xsl:call-template>
          <xsl:if test="@lookups &gt; $own">, <xsl:call-template name="fill"><xsl:with-param name="id" select="'with-below'"/><xsl:with-param name="value" select="@lookups"/></xsl:call-template></xsl:if>
          <xsl:text> · </xsl:text><xsl:call-template name="fill"><xsl:with-param name="id" select="'running-sum'"/><xsl:with-param name="value" select="$sum"/></xsl:call-template>
        </span>
      </xsl:if>
      <xsl:if test="r:detail"><xsl:text> </xsl:text><span class="detail"><xsl:apply-templates select="r:detail" mode="octets"/></span></xsl:if>
      <xsl:if test="r:spf-record"><ul><xsl:apply-templates select="r:spf-record"/></ul></xsl:if>
    </li>
  </xsl:template>

  <xsl:template match="r:survey">
    <details>
      <summary>
        <xsl:value-of select="key('w', 'survey')"/>: <xsl:call-template name="fill"><xsl:with-param name="id" select="'lookups'"/><xsl:with-param name="value" select="@lookups"/></xsl:call-template>
        <xsl:if test="@nearest"> · <xsl:value-of select="key('w', 'nearest')"/>: <xsl:apply-templates select="@nearest" mode="octets"/></xsl:if>
      </summary>
      <xsl:call-template name="lookup-gauge"/>
      <dl><xsl:for-each select="r:near-misses/r:near-miss"><dt><xsl:value-of select="key('w', 'near-miss')"/></dt><dd><xsl:apply-templates select="." mode="octets"/></dd></xsl:for-each></dl>
      <xsl:if test="r:spf-record"><ul class="tree"><xsl:apply-templates select="r:spf-record"/></ul></xsl:if>
    </details>
  </xsl:template>

  <!-- DMARC -->

  <xsl:template match="r:dmarc">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'dmarc'"/>
      <xsl:with-param name="content">
        <xsl:if test="@standards-differ = 'true'"><p class="note">! <xsl:value-of select="key('w', 'standards-differ')"/></p></xsl:if>
        <table class="stack">
          <caption class="quiet"><xsl:value-of select="key('w', 'dmarc')"/></caption>
          <thead><tr>
            <td></td>
            <th scope="col"><xsl:value-of select="key('w', 'result')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'policy')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'organizational-domain')"/></th>
          </tr></thead>
          <tbody><xsl:apply-templates select="r:rfc9989 | r:rfc7489" mode="standard"/></tbody>
        </table>
        <xsl:if test="r:identifiers/r:identifier"><xsl:call-template name="alignment"/></xsl:if>
        <xsl:if test="r:walk/r:walk-steps/r:walk-step">
          <h3><xsl:value-of select="key('w', 'walk')"/></h3>
          <ol>
            <xsl:for-each select="r:walk/r:walk-steps/r:walk-step">
              <li><code>_dmarc.<xsl:apply-templates select="@domain" mode="octets"/></code><xsl:text> </xsl:text>
                <xsl:choose>
                  <xsl:when test="r:dmarc-record"><xsl:apply-templates select="r:dmarc-record/r:text" mode="octets"/></xsl:when>
                  <xsl:otherwise><span class="detail"><xsl:value-of select="@status"/></span></xsl:otherwise>
                </xsl:choose>
              </li>
            </xsl:for-each>
          </ol>
        </xsl:if>
        <xsl:for-each select="r:rfc7489-record/r:dmarc-record">
          <p><xsl:value-of select="key('w', 'rfc7489')"/>: <code>_dmarc.<xsl:apply-templates select="@domain" mode="octets"/></code><xsl:text> </xsl:text><xsl:apply-templates select="r:text" mode="octets"/></p>
        </xsl:for-each>
        <xsl:if test="r:external-reports/r:external-report">
          <h3><xsl:value-of select="key('w', 'external')"/></h3>
          <ul><xsl:for-each select="r:external-reports/r:external-report">
            <li><xsl:apply-templates select="@domain" mode="octets"/><xsl:text> </xsl:text>
              <xsl:choose>
                <xsl:when test="@authorised = 'true'"><xsl:call-template name="status"><xsl:with-param name="word" select="'yes'"/><xsl:with-param name="text" select="string(key('w', 'authorised'))"/></xsl:call-template></xsl:when>
                <xsl:otherwise><xsl:call-template name="status"><xsl:with-param name="word" select="'no'"/><xsl:with-param name="text" select="string(key('w', 'not-authorised'))"/></xsl:call-template></xsl:otherwise>
              </xsl:choose>
            </li>
          </xsl:for-each></ul>
        </xsl:if>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="*" mode="standard">
    <tr>
      <th scope="row"><xsl:value-of select="key('w', local-name())"/></th>
      <td><xsl:call-template name="status"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template></td>
      <td>
        <xsl:choose>
          <xsl:when test="@policy"><code><xsl:value-of select="@policy-tag"/>=<xsl:value-of select="@policy"/></code> (<xsl:call-template name="fill"><xsl:with-param name="id" select="'record-at'"/><xsl:with-param name="value" select="@record-domain"/></xsl:call-template>)<xsl:if test="@applied and @applied != @policy">; <xsl:call-template name="fill"><xsl:with-param name="id" select="'applied'"/><xsl:with-param name="value" select="@applied"/></xsl:call-template></xsl:if></xsl:when>
          <xsl:otherwise><xsl:value-of select="key('w', 'no-policy')"/></xsl:otherwise>
        </xsl:choose>
      </td>
      <td data-label="{key('w', 'organizational-domain')}"><xsl:apply-templates select="@organizational-domain" mode="octets"/></td>
    </tr>
  </xsl:template>

  <!-- What is authenticated, and whether that is bound to the domain people see; the older standard only where it differs. -->
  <xsl:template name="alignment">
    <xsl:variable name="differ" select="r:identifiers/r:identifier[@aligned != @aligned-rfc7489]"/>
    <table class="stack">
      <caption><xsl:value-of select="key('w', 'alignment')"/>: <xsl:value-of select="key('w', 'from')"/><xsl:text> </xsl:text><xsl:apply-templates select="@author-domain" mode="octets"/></caption>
      <thead><tr>
        <th scope="col"><xsl:value-of select="key('w', 'method')"/></th>
        <th scope="col"><xsl:value-of select="key('w', 'value')"/></th>
        <th scope="col"><xsl:value-of select="key('w', 'result')"/></th>
        <th scope="col"><xsl:value-of select="key('w', 'alignment')"/></th>
        <xsl:if test="$differ"><th scope="col"><xsl:value-of select="key('w', 'rfc7489')"/></th></xsl:if>
      </tr></thead>
      <tbody>
        <xsl:for-each select="r:identifiers/r:identifier">
          <tr>
            <td><b><xsl:value-of select="translate(@method, 'dfikmps', 'DFIKMPS')"/></b></td>
            <td><xsl:apply-templates select="@domain" mode="octets"/></td>
            <td><xsl:call-template name="answer"><xsl:with-param name="yes" select="@passed = 'true'"/><xsl:with-param name="id-yes" select="'passes'"/><xsl:with-param name="id-no" select="'does-not-pass'"/></xsl:call-template></td>
            <td data-label="{key('w', 'alignment')}"><xsl:call-template name="answer"><xsl:with-param name="yes" select="@aligned = 'true'"/><xsl:with-param name="id-yes"><xsl:choose><xsl:when test="@aligned-strict = 'true'">strictly</xsl:when><xsl:otherwise>aligned</xsl:otherwise></xsl:choose></xsl:with-param><xsl:with-param name="id-no" select="'not-aligned'"/></xsl:call-template></td>
            <xsl:if test="$differ"><td data-label="{key('w', 'rfc7489')}"><xsl:call-template name="answer"><xsl:with-param name="yes" select="@aligned-rfc7489 = 'true'"/><xsl:with-param name="id-yes" select="'aligned'"/><xsl:with-param name="id-no" select="'not-aligned'"/></xsl:call-template></td></xsl:if>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </xsl:template>

  <xsl:template name="answer">
    <xsl:param name="yes"/><xsl:param name="id-yes"/><xsl:param name="id-no"/>
    <xsl:choose>
      <xsl:when test="$yes"><xsl:call-template name="status"><xsl:with-param name="word" select="'yes'"/><xsl:with-param name="text" select="string(key('w', $id-yes))"/></xsl:call-template></xsl:when>
      <xsl:otherwise><xsl:call-template name="status"><xsl:with-param name="word" select="'no'"/><xsl:with-param name="text" select="string(key('w', $id-no))"/></xsl:call-template></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- ARC and what receivers wrote -->

  <xsl:template match="r:arc">
    <xsl:if test="@result != 'none'">
      <xsl:call-template name="section">
        <xsl:with-param name="id" select="'arc'"/>
        <xsl:with-param name="content">
          <p><xsl:call-template name="status"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template><xsl:if test="@defect"><xsl:text> </xsl:text><code><xsl:value-of select="@defect"/></code></xsl:if> · <xsl:value-of select="key('w', 'arc-no-credit')"/></p>
          <ol>
            <xsl:for-each select="r:arc-sets/r:arc-set">
              <li>
                <xsl:apply-templates select="r:arc-seal/@domain" mode="octets"/>: <xsl:value-of select="key('w', 'seal')"/><xsl:text> </xsl:text>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string(@seal-verdict)"/><xsl:with-param name="text" select="string(key('w', concat('header.', @seal-verdict)))"/></xsl:call-template>,
                <xsl:value-of select="key('w', 'message-signature')"/><xsl:text> </xsl:text>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string(r:arc-message-signature/@result)"/></xsl:call-template>
                <xsl:if test="r:chain-validation"> · <xsl:call-template name="fill"><xsl:with-param name="id" select="'chain-says'"/><xsl:with-param name="value" select="r:chain-validation"/></xsl:call-template></xsl:if>
              </li>
            </xsl:for-each>
          </ol>
        </xsl:with-param>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:receiver-said">
    <xsl:if test="r:statement">
      <xsl:call-template name="section">
        <xsl:with-param name="id" select="'said'"/>
        <xsl:with-param name="content"><xsl:apply-templates select="r:statement"/></xsl:with-param>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:statement">
    <table>
      <caption>
        <xsl:value-of select="key('w', 'said-by')"/><xsl:text> </xsl:text><xsl:apply-templates select="r:authserv-id" mode="octets"/>
        <xsl:text> · </xsl:text>
        <xsl:choose>
          <xsl:when test="@trusted = 'true'"><xsl:value-of select="key('w', 'trusted')"/></xsl:when>
          <xsl:otherwise><xsl:value-of select="key('w', 'untrusted')"/></xsl:otherwise>
        </xsl:choose>
      </caption>
      <thead><tr>
        <th scope="col"><xsl:value-of select="key('w', 'method')"/></th>
        <th scope="col"><xsl:value-of select="key('w', 'said-word')"/></th>
        <th scope="col"><xsl:value-of select="key('w', 'ours')"/></th>
      </tr></thead>
      <tbody>
        <xsl:for-each select="r:method-results/r:method-result">
          <tr>
            <td><xsl:apply-templates select="r:method" mode="octets"/>
              <xsl:for-each select="r:properties/r:property"><div class="detail"><xsl:apply-templates select="r:property-name" mode="octets"/>=<xsl:apply-templates select="r:value" mode="octets"/></div></xsl:for-each></td>
            <td><xsl:apply-templates select="r:said" mode="octets"/></td>
            <td><xsl:value-of select="@ours"/>
              <xsl:if test="@agrees = 'false'"><xsl:text> </xsl:text><span class="status fair"><span class="sign" aria-hidden="true">≠</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'disagrees')"/></span></xsl:if>
              <xsl:if test="@agrees = 'true'"><xsl:text> </xsl:text><span class="status good"><span class="sign" aria-hidden="true">=</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'agrees')"/></span></xsl:if></td>
          </tr>
        </xsl:for-each>
      </tbody>
    </table>
  </xsl:template>

  <!-- structure, DNS, input -->

  <xsl:template match="r:mime">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'mime'"/>
      <xsl:with-param name="content">
        <dl>
          <xsl:call-template name="row"><xsl:with-param name="id" select="'subject'"/><xsl:with-param name="value" select="r:subject"/></xsl:call-template>
          <xsl:call-template name="row"><xsl:with-param name="id" select="'message-id'"/><xsl:with-param name="value" select="r:message-id"/></xsl:call-template>
          <xsl:if test="@date"><dt><xsl:value-of select="key('w', 'date')"/></dt><dd><xsl:call-template name="time"><xsl:with-param name="at" select="string(@date)"/></xsl:call-template> UTC</dd></xsl:if>
        </dl>
        <xsl:if test="@state != 'parsed'"><p class="note">! <code><xsl:value-of select="@state"/></code></p></xsl:if>
        <ul class="parts">
          <xsl:for-each select="r:parts/r:part">
            <li class="depth-{@depth}">
              <code><xsl:apply-templates select="r:type" mode="octets"/></code>
              <span class="detail">
                <xsl:for-each select="r:charset | r:transfer-encoding | r:disposition | r:filename"><xsl:text> · </xsl:text><xsl:apply-templates select="." mode="octets"/></xsl:for-each>
                <xsl:variable name="part" select="position()"/>
                <xsl:for-each select="../../r:html-content/r:html-texts/r:html-text[@part-number = $part]">
                  <xsl:text> · </xsl:text><xsl:call-template name="count"><xsl:with-param name="id" select="'html-links'"/><xsl:with-param name="n" select="@links"/></xsl:call-template>
                  <xsl:text> · </xsl:text><xsl:call-template name="count"><xsl:with-param name="id" select="'html-images'"/><xsl:with-param name="n" select="@images"/></xsl:call-template>
                </xsl:for-each>
                <xsl:if test="@multipart = 'false'"><xsl:text> · </xsl:text><xsl:call-template name="fill"><xsl:with-param name="id" select="'size'"/><xsl:with-param name="value" select="@length"/></xsl:call-template></xsl:if>
              </span>
            </li>
          </xsl:for-each>
        </ul>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="r:dns">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'dns'"/>
      <xsl:with-param name="content">
        <div class="scroll" tabindex="0" role="group" aria-labelledby="h-dns">
          <table>
            <caption><xsl:call-template name="count"><xsl:with-param name="id" select="'dns-count'"/><xsl:with-param name="n" select="count(r:answer)"/></xsl:call-template></caption>
            <thead><tr>
              <th scope="col" class="number">#</th>
              <th scope="col"><xsl:value-of select="key('w', 'question')"/></th>
              <th scope="col"><xsl:value-of select="key('w', 'status')"/></th>
              <th scope="col" class="number"><xsl:value-of select="key('w', 'ttl')"/></th>
              <th scope="col"><xsl:value-of select="key('w', 'records')"/></th>
            </tr></thead>
            <tbody><xsl:apply-templates select="r:answer"/></tbody>
          </table>
        </div>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="r:answer">
    <tr id="dns-{@number}">
      <td class="number"><xsl:value-of select="@number"/></td>
      <td><xsl:apply-templates select="@name" mode="octets"/><xsl:text> </xsl:text><b><xsl:value-of select="@type"/></b></td>
      <td>
        <xsl:choose>
          <xsl:when test="@temporary = 'true' or @status = 'malformed'"><xsl:call-template name="status"><xsl:with-param name="word" select="'temperror'"/><xsl:with-param name="text" select="string(@status)"/></xsl:call-template></xsl:when>
          <xsl:otherwise><xsl:value-of select="@status"/></xsl:otherwise>
        </xsl:choose>
      </td>
      <td class="number"><xsl:value-of select="@ttl-s"/></td>
      <td>
        <xsl:for-each select="r:aliases/r:alias"><div class="detail"><xsl:call-template name="fill"><xsl:with-param name="id" select="'alias'"/><xsl:with-param name="value" select="."/></xsl:call-template></div></xsl:for-each>
        <xsl:for-each select="r:records/r:record"><div><xsl:if test="@preference"><xsl:value-of select="@preference"/><xsl:text> </xsl:text></xsl:if><xsl:apply-templates select="r:text" mode="octets"/></div></xsl:for-each>
        <xsl:if test="r:detail"><div class="detail"><xsl:apply-templates select="r:detail" mode="octets"/></div></xsl:if>
        <xsl:if test="@proposed = 'true'"><div class="detail"><xsl:value-of select="key('w', 'proposed')"/></div></xsl:if>
      </td>
    </tr>
  </xsl:template>

  <xsl:template match="r:input">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'input'"/>
      <xsl:with-param name="content">
        <dl>
          <xsl:call-template name="row"><xsl:with-param name="id" select="'file'"/><xsl:with-param name="value" select="@name"/></xsl:call-template>
          <dt>SHA-256</dt><dd><xsl:apply-templates select="@sha256" mode="octets"/></dd>
          <dt><xsl:value-of select="key('w', 'size-name')"/></dt><dd><xsl:call-template name="fill"><xsl:with-param name="id" select="'size'"/><xsl:with-param name="value" select="@size"/></xsl:call-template></dd>
          <dt><xsl:value-of select="key('w', 'line-ends')"/></dt><dd><xsl:value-of select="@header-line-ends"/> / <xsl:value-of select="@body-line-ends"/></dd>
          <xsl:for-each select="r:flawed-fields/r:flawed-field">
            <dt><xsl:value-of select="key('w', 'flaws')"/></dt>
            <dd><xsl:apply-templates select="r:field-name" mode="octets"/> (<xsl:call-template name="fill"><xsl:with-param name="id" select="'line-number'"/><xsl:with-param name="value" select="@line"/></xsl:call-template>): <xsl:value-of select="@defects"/></dd>
          </xsl:for-each>
          <xsl:call-template name="row"><xsl:with-param name="id" select="'program'"/><xsl:with-param name="value" select="$report/@program"/></xsl:call-template>
          <dt><xsl:value-of select="key('w', 'now')"/></dt><dd><xsl:call-template name="time"><xsl:with-param name="at" select="string($report/r:run/@now)"/></xsl:call-template> UTC</dd>
          <dt><xsl:value-of select="key('w', 'judged-at')"/></dt><dd><xsl:call-template name="time"><xsl:with-param name="at" select="string($report/r:run/@judged-at)"/></xsl:call-template> UTC</dd>
          <xsl:for-each select="$report/r:options/r:option"><dt><code>--<xsl:value-of select="@name"/></code></dt><dd><xsl:apply-templates select="r:value" mode="octets"/></dd></xsl:for-each>
          <xsl:for-each select="$report/r:omissions/r:omission"><dt><xsl:value-of select="key('w', 'omissions')"/></dt><dd><code><xsl:value-of select="@of"/></code> × <xsl:value-of select="@count"/></dd></xsl:for-each>
        </dl>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>
</xsl:stylesheet>
