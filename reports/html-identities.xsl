<?xml version="1.0" encoding="UTF-8"?>
<!-- Who says to have sent the message: drawn, and as a table; laid into html.xsl by view.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                xmlns:exsl="http://exslt.org/common" exclude-result-prefixes="r exsl">

  <xsl:template match="r:identities">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'identities'"/>
      <xsl:with-param name="content">
        <xsl:call-template name="picture"/>
        <table class="stack">
          <caption class="quiet"><xsl:value-of select="key('w', 'identities')"/></caption>
          <thead><tr>
            <th scope="col"><xsl:value-of select="key('w', 'identity')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'value')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'source')"/></th>
          </tr></thead>
          <tbody>
            <tr>
              <th scope="row"><xsl:value-of select="key('w', 'from')"/></th>
              <td>
                <xsl:for-each select="r:from/r:addresses/r:address">
                  <div><xsl:if test="r:display-name"><xsl:apply-templates select="r:display-name" mode="octets"/><xsl:text> </xsl:text></xsl:if>&lt;<xsl:apply-templates select="r:addr-spec" mode="octets"/>&gt;</div>
                </xsl:for-each>
                <xsl:if test="not(r:from/r:addresses/r:address)"><xsl:value-of select="key('w', 'not-found')"/></xsl:if>
              </td>
              <td><xsl:value-of select="key('w', 'origin.from')"/></td>
            </tr>
            <xsl:apply-templates select="r:mail-from | r:helo | r:client-ip | r:recipient | r:receiver" mode="fact"/>
            <tr>
              <th scope="row"><xsl:value-of select="key('w', 'iprev')"/></th>
              <td>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string($report/r:iprev/@result)"/></xsl:call-template>
                <xsl:for-each select="$report/r:iprev/r:reverse-names/r:reverse-name"><xsl:text> </xsl:text><xsl:apply-templates select="." mode="octets"/></xsl:for-each>
              </td>
              <td>DNS</td>
            </tr>
            <xsl:if test="@received">
              <tr>
                <th scope="row"><xsl:value-of select="key('w', 'received')"/></th>
                <td><xsl:call-template name="time"><xsl:with-param name="at" select="string(@received)"/></xsl:call-template> UTC</td>
                <td><xsl:value-of select="key('w', 'origin.received')"/></td>
              </tr>
            </xsl:if>
          </tbody>
        </table>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="*" mode="fact">
    <tr>
      <th scope="row"><xsl:value-of select="key('w', local-name())"/></th>
      <td>
        <xsl:choose>
          <xsl:when test="@found = 'false'"><span class="dim"><xsl:value-of select="key('w', 'not-found')"/></span></xsl:when>
          <xsl:when test="@null-sender = 'true'"><xsl:value-of select="key('w', 'null-sender')"/></xsl:when>
          <xsl:otherwise><xsl:apply-templates select="r:value" mode="octets"/></xsl:otherwise>
        </xsl:choose>
      </td>
      <td>
        <xsl:if test="@origin">
          <xsl:value-of select="key('w', concat('origin.', @origin))"/>
          <xsl:if test="@confidence != 'given'">, <xsl:value-of select="key('w', concat('confidence.', @confidence))"/></xsl:if>
        </xsl:if>
      </td>
    </tr>
  </xsl:template>

  <!-- The picture. First the identities as a flat list, each with what binds it to From; then the same list in the order and
       at the height at which it is drawn. -->

  <xsl:variable name="dmarc" select="$report/r:dmarc"/>
  <xsl:variable name="author" select="string($report/r:dmarc/@author-domain)"/>
  <xsl:variable name="spf-identifier" select="$report/r:dmarc/r:identifiers/r:identifier[@method = 'spf'][1]"/>

  <xsl:template name="bond">
    <xsl:param name="identifier"/>
    <xsl:choose>
      <xsl:when test="$author = ''">none</xsl:when>
      <xsl:when test="not($identifier)">unused</xsl:when>
      <xsl:when test="$identifier/@aligned = 'true' and $identifier/@aligned-strict = 'true'">same-domain</xsl:when>
      <xsl:when test="$identifier/@aligned = 'true'">same-organization</xsl:when>
      <xsl:when test="not($identifier/@organizational-domain) and $identifier/@domain != $author">unknown</xsl:when>
      <xsl:when test="$identifier/@organizational-domain = $dmarc/r:rfc9989/@organizational-domain">strict</xsl:when>
      <xsl:otherwise>other</xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="identity">
    <xsl:param name="label"/><xsl:param name="name"/><xsl:param name="method"/><xsl:param name="result"/><xsl:param name="identifier"/>
    <identity label="{$label}" name="{$name}" method="{$method}" result="{$result}" organization="{$identifier/@organizational-domain}">
      <xsl:attribute name="bond"><xsl:call-template name="bond"><xsl:with-param name="identifier" select="$identifier"/></xsl:call-template></xsl:attribute>
    </identity>
  </xsl:template>

  <!-- Those that count for DMARC first, then those that pass. -->
  <xsl:template name="signature-identities">
    <xsl:for-each select="$report/r:signatures/r:signature[@domain]">
      <xsl:sort select="number(boolean($dmarc/r:identifiers/r:identifier[@method = 'dkim' and @domain = current()/@domain][1][@aligned = 'true']))" data-type="number" order="descending"/>
      <xsl:sort select="number(@result = 'pass')" data-type="number" order="descending"/>
      <xsl:sort select="@number" data-type="number"/>
      <xsl:if test="position() &lt;= 6">
        <xsl:call-template name="identity">
          <xsl:with-param name="label">DKIM d= · <xsl:call-template name="fill"><xsl:with-param name="id" select="'signature'"/><xsl:with-param name="value" select="@number"/></xsl:call-template></xsl:with-param>
          <xsl:with-param name="name" select="string(@domain)"/>
          <xsl:with-param name="result" select="string(@result)"/>
          <xsl:with-param name="identifier" select="$dmarc/r:identifiers/r:identifier[@method = 'dkim' and @domain = current()/@domain][1]"/>
        </xsl:call-template>
      </xsl:if>
    </xsl:for-each>
  </xsl:template>

  <xsl:template name="envelope-identities">
    <xsl:variable name="mail-from" select="$report/r:identities/r:mail-from"/>
    <xsl:variable name="helo" select="$report/r:identities/r:helo"/>
    <xsl:if test="$mail-from/@found = 'true'">
      <xsl:call-template name="identity">
        <xsl:with-param name="label" select="string(key('w', 'mail-from'))"/>
        <xsl:with-param name="name"><xsl:choose><xsl:when test="$mail-from/@null-sender = 'true'">&lt;&gt;</xsl:when><xsl:when test="$mail-from/@domain"><xsl:value-of select="$mail-from/@domain"/></xsl:when><xsl:otherwise><xsl:value-of select="$mail-from/r:value"/></xsl:otherwise></xsl:choose></xsl:with-param>
        <xsl:with-param name="method">SPF</xsl:with-param>
        <xsl:with-param name="result" select="string($report/r:spf/r:spf-mail-from[$mail-from/@null-sender != 'true']/@result)"/>
        <xsl:with-param name="identifier" select="$spf-identifier[@domain = $mail-from/@domain and $mail-from/@null-sender != 'true']"/>
      </xsl:call-template>
    </xsl:if>
    <xsl:if test="$helo/@found = 'true'">
      <xsl:call-template name="identity">
        <xsl:with-param name="label" select="string(key('w', 'helo'))"/>
        <xsl:with-param name="name"><xsl:choose><xsl:when test="$helo/@domain"><xsl:value-of select="$helo/@domain"/></xsl:when><xsl:otherwise><xsl:value-of select="$helo/r:value"/></xsl:otherwise></xsl:choose></xsl:with-param>
        <xsl:with-param name="method">SPF</xsl:with-param>
        <xsl:with-param name="result" select="string($report/r:spf/r:spf-helo/@result)"/>
        <xsl:with-param name="identifier" select="$spf-identifier[$mail-from/@null-sender = 'true' and @domain = $helo/@domain]"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <xsl:template name="picture">
    <xsl:variable name="flat"><xsl:call-template name="envelope-identities"/><xsl:call-template name="signature-identities"/></xsl:variable>
    <xsl:variable name="ordered">
      <xsl:for-each select="exsl:node-set($flat)/identity">
        <xsl:sort select="number(@organization != $dmarc/r:rfc9989/@organizational-domain)" data-type="number"/>
        <xsl:sort select="number(@organization = '')" data-type="number"/>
        <xsl:sort select="@organization"/>
        <xsl:copy-of select="."/>
      </xsl:for-each>
    </xsl:variable>
    <xsl:variable name="identities" select="exsl:node-set($ordered)/identity"/>
    <xsl:variable name="left-out" select="count($report/r:signatures/r:signature[@domain]) - 6"/>
    <xsl:variable name="height" select="76 + 66 * count($identities) + 38 * count($identities[@organization != '' and not(@organization = preceding-sibling::identity[1]/@organization)]) + 14 * number(boolean($identities[@organization = ''] and $identities[@organization != '']))"/>
    <xsl:if test="$identities">
      <svg class="picture" viewBox="0 0 380 {$height}" role="img" aria-labelledby="picture-title picture-words">
        <title id="picture-title"><xsl:value-of select="key('w', 'picture')"/></title>
        <desc id="picture-words">
          <xsl:value-of select="concat(key('w', 'from'), ' ', $author)"/>
          <xsl:if test="$author = ''"><xsl:value-of select="key('w', 'sentence.no-author')"/></xsl:if>
          <xsl:for-each select="$identities">
            <xsl:value-of select="concat('. ', @label, ' ', @name, ': ', @method, ' ', @result)"/>
            <xsl:if test="@result = ''"><xsl:call-template name="word"><xsl:with-param name="id" select="'not-evaluated'"/></xsl:call-template></xsl:if>
            <xsl:text>, </xsl:text><xsl:call-template name="word"><xsl:with-param name="id" select="concat('bond.', @bond)"/></xsl:call-template>
          </xsl:for-each>
          <xsl:text>.</xsl:text>
        </desc>
        <xsl:apply-templates select="$identities[@organization != '' and not(@organization = preceding-sibling::identity[1]/@organization)]" mode="organization"/>
        <!-- What does not count first, what counts on top. -->
        <xsl:apply-templates select="$identities" mode="line"><xsl:sort select="position()" data-type="number" order="descending"/></xsl:apply-templates>
        <rect class="author-box" x="8" y="8" width="364" height="46" rx="5"/>
        <text class="name" x="20" y="26"><xsl:value-of select="key('w', 'from')"/></text>
        <text class="domain" x="20" y="44"><xsl:call-template name="shortened"><xsl:with-param name="text" select="$author"/></xsl:call-template><xsl:if test="$author = ''"><xsl:value-of select="key('w', 'not-found')"/></xsl:if></text>
        <xsl:apply-templates select="$identities" mode="box"/>
      </svg>
      <xsl:if test="$left-out &gt; 0"><p class="detail"><a href="#signatures"><xsl:call-template name="count"><xsl:with-param name="id" select="'picture-more'"/><xsl:with-param name="n" select="$left-out"/></xsl:call-template></a></p></xsl:if>
    </xsl:if>
  </xsl:template>

  <!-- key() looks in the document of the context node: a word while standing on a list of our own. -->
  <xsl:template name="word">
    <xsl:param name="id"/>
    <xsl:for-each select="$report"><xsl:value-of select="key('w', $id)"/></xsl:for-each>
  </xsl:template>

  <!-- The end of a domain name says whose it is. -->
  <xsl:template name="shortened">
    <xsl:param name="text"/>
    <xsl:choose>
      <xsl:when test="string-length($text) &gt; 38">…<xsl:value-of select="substring($text, string-length($text) - 36)"/></xsl:when>
      <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- Above each group stands its organization. -->
  <xsl:template match="identity" mode="top">
    <xsl:variable name="before" select="preceding-sibling::identity"/>
    <xsl:variable name="groups" select="count((. | $before)[@organization != '' and not(@organization = preceding-sibling::identity[1]/@organization)])"/>
    <xsl:value-of select="62 + 66 * count($before) + 38 * $groups + 14 * number(@organization = '' and $groups &gt; 0)"/>
  </xsl:template>

  <xsl:template match="identity" mode="organization">
    <xsl:variable name="top"><xsl:apply-templates select="." mode="top"/></xsl:variable>
    <xsl:variable name="members" select="count(../identity[@organization = current()/@organization])"/>
    <rect class="organization" x="66" y="{$top - 26}" width="310" height="{66 * $members + 24}" rx="6"/>
    <text class="organization-name" x="78" y="{$top - 9}"><xsl:call-template name="shortened"><xsl:with-param name="text"><xsl:call-template name="word"><xsl:with-param name="id" select="'organization'"/></xsl:call-template><xsl:text> </xsl:text><xsl:value-of select="@organization"/></xsl:with-param></xsl:call-template></text>
  </xsl:template>

  <xsl:template match="@bond" mode="tone">
    <xsl:choose>
      <xsl:when test=". = 'same-domain' or . = 'same-organization'">good</xsl:when>
      <xsl:when test=". = 'other' or . = 'strict'">bad</xsl:when>
      <xsl:otherwise>dim</xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="identity" mode="line">
    <xsl:variable name="top"><xsl:apply-templates select="." mode="top"/></xsl:variable>
    <xsl:variable name="tone"><xsl:apply-templates select="@bond" mode="tone"/></xsl:variable>
    <xsl:variable name="rail" select="20 + 12 * ($tone = 'bad') + 24 * ($tone = 'dim')"/>
    <path class="line {$tone}" d="M {$rail} 54 V {$top + 20} Q {$rail} {$top + 28} {$rail + 8} {$top + 28} H 74"/>
  </xsl:template>

  <xsl:template match="identity" mode="box">
    <xsl:variable name="top"><xsl:apply-templates select="." mode="top"/></xsl:variable>
    <xsl:variable name="tone"><xsl:apply-templates select="@bond" mode="tone"/></xsl:variable>
    <xsl:variable name="result-tone"><xsl:call-template name="tone"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template></xsl:variable>
    <rect class="box-{$tone}" x="74" y="{$top}" width="294" height="56" rx="5"/>
    <text class="name" x="90" y="{$top + 17}"><xsl:value-of select="@label"/></text>
    <xsl:if test="@result != ''">
      <text class="result {$result-tone}" x="360" y="{$top + 17}" text-anchor="end">
        <xsl:if test="@method != ''"><xsl:value-of select="concat(@method, ' ')"/></xsl:if>
        <xsl:choose><xsl:when test="$result-tone = 'good'">✓ </xsl:when><xsl:when test="$result-tone = 'bad'">✗ </xsl:when><xsl:when test="$result-tone = 'dim'">– </xsl:when><xsl:otherwise>! </xsl:otherwise></xsl:choose>
        <xsl:value-of select="@result"/>
      </text>
    </xsl:if>
    <text class="domain" x="90" y="{$top + 33}"><xsl:call-template name="shortened"><xsl:with-param name="text" select="@name"/></xsl:call-template></text>
    <text class="small {$tone}" x="90" y="{$top + 48}"><xsl:call-template name="word"><xsl:with-param name="id" select="concat('bond.', @bond)"/></xsl:call-template></text>
    <circle class="knot {$tone}" cx="74" cy="{$top + 28}" r="8.5"/>
    <text class="knot-sign {$tone}" x="74" y="{$top + 32}" text-anchor="middle"><xsl:choose><xsl:when test="$tone = 'good'">✓</xsl:when><xsl:when test="$tone = 'bad'">✗</xsl:when><xsl:otherwise>–</xsl:otherwise></xsl:choose></text>
  </xsl:template>

</xsl:stylesheet>
