<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: the alignment plan, first as a table to compare the routes, then each with what it takes. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:variable name="plan" select="$report/r:plan"/>

  <xsl:template match="r:route" mode="state">
    <xsl:variable name="tone">
      <xsl:choose>
        <xsl:when test="@state = 'does-not-pass'">bad</xsl:when>
        <xsl:when test="@state = 'cannot-be-rehearsed'">fair</xsl:when>
        <xsl:otherwise>good</xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:call-template name="status">
      <xsl:with-param name="word" select="string($tone)"/>
      <xsl:with-param name="text" select="key('w', concat('route-state.', @state))"/>
    </xsl:call-template>
  </xsl:template>

  <!-- Only of what is aligned: a pass for another domain is no help. -->
  <xsl:template match="r:rehearsal" mode="aligned-by">
    <xsl:if test="@spf-aligned = 'true' or @dkim-aligned = 'true'">
      <li>
        <xsl:call-template name="fill">
          <xsl:with-param name="id" select="'aligned-by'"/>
          <xsl:with-param name="value">
            <xsl:if test="@dkim-aligned = 'true'">DKIM</xsl:if>
            <xsl:if test="@dkim-aligned = 'true' and @spf-aligned = 'true'"> + </xsl:if>
            <xsl:if test="@spf-aligned = 'true'">SPF</xsl:if>
          </xsl:with-param>
        </xsl:call-template>
      </li>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:rehearsal">
    <xsl:variable name="then" select="."/>
    <ul class="effect">
      <xsl:for-each select="$plan/r:as-is/@spf | $plan/r:as-is/@dkim | $plan/r:as-is/@dmarc | $plan/r:as-is/@score">
        <xsl:variable name="name" select="name()"/>
        <xsl:variable name="after" select="$then/@*[name() = $name]"/>
        <xsl:if test="$after and string(.) != string($after)">
          <li>
            <b><xsl:value-of select="key('w', concat('change.', $name))"/></b><xsl:text> </xsl:text>
            <xsl:choose>
              <xsl:when test="$name = 'score'"><xsl:value-of select="concat(., ' → ', $after)"/></xsl:when>
              <xsl:otherwise>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string(.)"/></xsl:call-template>
                <xsl:text> → </xsl:text>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string($after)"/></xsl:call-template>
              </xsl:otherwise>
            </xsl:choose>
          </li>
        </xsl:if>
      </xsl:for-each>
      <xsl:apply-templates select="." mode="aligned-by"/>
      <li class="detail"><xsl:value-of select="key('w', 'proven-again')"/></li>
    </ul>
  </xsl:template>

  <!-- Which of the customer's people have something to do. -->
  <xsl:template match="r:route" mode="work">
    <xsl:variable name="dns" select="count(r:needs/r:need[@party = 'customer-dns'])"/>
    <xsl:variable name="mail" select="count(r:needs/r:need[@party = 'customer-mail'])"/>
    <xsl:if test="$dns &gt; 0"><xsl:value-of select="key('w', 'party.customer-dns')"/></xsl:if>
    <xsl:if test="$dns &gt; 0 and $mail &gt; 0">, </xsl:if>
    <xsl:if test="$mail &gt; 0"><xsl:value-of select="key('w', 'party.customer-mail')"/></xsl:if>
    <xsl:if test="$dns + $mail = 0"><xsl:value-of select="key('w', 'route-work-none')"/></xsl:if>
  </xsl:template>

  <xsl:template match="r:route" mode="row">
    <tr>
      <th scope="row"><a href="#route-{@id}"><xsl:value-of select="r:title[@lang = $lang]"/></a></th>
      <td>
        <xsl:apply-templates select="." mode="state"/>
        <xsl:if test="@id = $plan/@recommended"><br/><b><xsl:value-of select="key('w', 'recommended')"/></b></xsl:if>
      </td>
      <td><xsl:apply-templates select="." mode="work"/></td>
    </tr>
  </xsl:template>

  <xsl:template match="r:plan-record">
    <p><xsl:value-of select="key('w', concat('action.', @action))"/>: <xsl:apply-templates select="@name" mode="octets"/><xsl:text> </xsl:text><code><xsl:value-of select="@type"/></code></p>
    <xsl:choose>
      <xsl:when test="r:value"><pre dir="ltr"><xsl:value-of select="r:value"/></pre></xsl:when>
      <xsl:otherwise><p class="detail"><xsl:value-of select="key('w', 'to-come')"/></p></xsl:otherwise>
    </xsl:choose>
    <xsl:if test="r:was">
      <p class="detail"><xsl:value-of select="key('w', 'stands-now')"/></p>
      <pre dir="ltr"><xsl:value-of select="r:was"/></pre>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:need">
    <dt><xsl:value-of select="key('w', concat('party.', @party))"/></dt>
    <dd>
      <p><bdi><xsl:value-of select="r:what[@lang = $lang]"/></bdi></p>
      <xsl:apply-templates select="r:plan-records/r:plan-record"/>
    </dd>
  </xsl:template>

  <xsl:template match="r:route">
    <article id="route-{@id}">
      <h3><xsl:value-of select="r:title[@lang = $lang]"/></h3>
      <p>
        <xsl:apply-templates select="." mode="state"/>
        <xsl:if test="@id = $plan/@recommended"> · <b><xsl:value-of select="key('w', 'recommended')"/></b>: <xsl:value-of select="$plan/r:recommendation[@lang = $lang]"/></xsl:if>
      </p>
      <xsl:if test="r:state-reason"><p><bdi><xsl:value-of select="r:state-reason[@lang = $lang]"/></bdi></p></xsl:if>
      <dl>
        <xsl:if test="r:rehearsal and not(r:state-reason)">
          <dt><xsl:value-of select="key('w', 'outcome-then')"/></dt>
          <dd><xsl:apply-templates select="r:rehearsal"/></dd>
        </xsl:if>
        <xsl:apply-templates select="r:needs/r:need"/>
        <xsl:if test="r:notes/r:plan-note">
          <dt><xsl:value-of select="key('w', 'to-know')"/></dt>
          <dd><xsl:for-each select="r:notes/r:plan-note"><p><bdi><xsl:value-of select="r:remark[@lang = $lang]"/></bdi></p></xsl:for-each></dd>
        </xsl:if>
      </dl>
    </article>
  </xsl:template>

  <xsl:template match="r:plan">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'plan'"/>
      <xsl:with-param name="content">
        <p>
          <xsl:call-template name="fill">
            <xsl:with-param name="id"><xsl:choose><xsl:when test="@needed = 'true'">plan-needed</xsl:when><xsl:otherwise>plan-second</xsl:otherwise></xsl:choose></xsl:with-param>
            <xsl:with-param name="value" select="@from-domain"/>
          </xsl:call-template>
        </p>
        <div class="scroll" tabindex="0" role="group" aria-labelledby="h-plan">
          <table>
            <caption class="quiet"><xsl:value-of select="key('w', 'plan')"/></caption>
            <thead>
              <tr>
                <th scope="col"><xsl:value-of select="key('w', 'route')"/></th>
                <th scope="col"><xsl:value-of select="key('w', 'route-state')"/></th>
                <th scope="col"><xsl:value-of select="key('w', 'route-work')"/></th>
              </tr>
            </thead>
            <tbody><xsl:apply-templates select="r:routes/r:route" mode="row"/></tbody>
          </table>
        </div>
        <xsl:apply-templates select="r:routes/r:route"/>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

</xsl:stylesheet>
