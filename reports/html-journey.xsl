<?xml version="1.0" encoding="UTF-8"?>
<!-- The way of the message as a line in time, oldest hop first; laid into html.xsl by view.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <!-- "2 h 5 min": the two largest units. -->
  <xsl:template name="duration">
    <xsl:param name="s"/>
    <xsl:choose>
      <xsl:when test="$s &lt; 60"><xsl:value-of select="concat($s, ' ', key('w', 'unit.s'))"/></xsl:when>
      <xsl:when test="$s &lt; 3600"><xsl:call-template name="two-units"><xsl:with-param name="s" select="$s"/><xsl:with-param name="large" select="60"/><xsl:with-param name="small" select="1"/><xsl:with-param name="units" select="'min s'"/></xsl:call-template></xsl:when>
      <xsl:when test="$s &lt; 86400"><xsl:call-template name="two-units"><xsl:with-param name="s" select="$s"/><xsl:with-param name="large" select="3600"/><xsl:with-param name="small" select="60"/><xsl:with-param name="units" select="'h min'"/></xsl:call-template></xsl:when>
      <xsl:otherwise><xsl:call-template name="two-units"><xsl:with-param name="s" select="$s"/><xsl:with-param name="large" select="86400"/><xsl:with-param name="small" select="3600"/><xsl:with-param name="units" select="'d h'"/></xsl:call-template></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="two-units">
    <xsl:param name="s"/><xsl:param name="large"/><xsl:param name="small"/><xsl:param name="units"/>
    <xsl:variable name="rest" select="floor(($s mod $large) div $small)"/>
    <xsl:value-of select="concat(floor($s div $large), ' ', key('w', concat('unit.', substring-before($units, ' '))))"/>
    <xsl:if test="$rest &gt; 0"><xsl:value-of select="concat(' ', $rest, ' ', key('w', concat('unit.', substring-after($units, ' '))))"/></xsl:if>
  </xsl:template>

  <xsl:template match="r:hops">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'hops'"/>
      <xsl:with-param name="content">
        <xsl:if test="not(r:hop)"><p><xsl:value-of select="key('w', 'no-hops')"/></p></xsl:if>
        <xsl:if test="r:hop">
          <ol class="hops">
            <xsl:apply-templates select="r:hop"><xsl:sort select="position()" data-type="number" order="descending"/></xsl:apply-templates>
          </ol>
          <xsl:variable name="total" select="sum(r:hop/@delay-s)"/>
          <xsl:if test="count(r:hop[@delay-s]) &gt; 1 and $total &gt;= 0">
            <p class="detail">
              <xsl:call-template name="fill">
                <xsl:with-param name="id" select="'hops-total'"/>
                <xsl:with-param name="value"><xsl:call-template name="duration"><xsl:with-param name="s" select="$total"/></xsl:call-template></xsl:with-param>
              </xsl:call-template>
            </p>
          </xsl:if>
        </xsl:if>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="r:hop">
    <li class="trusted-{@trusted}">
      <xsl:if test="@border = 'true'"><p class="trust"><b><xsl:value-of select="key('w', 'hop-border')"/></b><br/><xsl:value-of select="key('w', 'hop-trust-begins')"/></p></xsl:if>
      <xsl:if test="@delay-s"><p class="delay"><xsl:call-template name="delay"/></p></xsl:if>
      <div class="hop">
        <p>
          <xsl:choose>
            <xsl:when test="@relay = 'false' and r:by and not(r:from-name) and not(@ip)"><xsl:call-template name="fill"><xsl:with-param name="id" select="'hop-local'"/><xsl:with-param name="value" select="r:by"/></xsl:call-template></xsl:when>
            <xsl:otherwise>
              <b><xsl:apply-templates select="r:from-name" mode="octets"/><xsl:if test="not(r:from-name) and not(@ip)"><xsl:value-of select="key('w', 'unknown')"/></xsl:if></b>
              <xsl:if test="@ip"><xsl:text> </xsl:text>[<xsl:apply-templates select="@ip" mode="octets"/>]</xsl:if>
              <xsl:text> → </xsl:text>
              <b><xsl:apply-templates select="r:by" mode="octets"/><xsl:if test="not(r:by)"><xsl:value-of select="key('w', 'unknown')"/></xsl:if></b>
            </xsl:otherwise>
          </xsl:choose>
        </p>
        <p class="detail">
          <xsl:choose>
            <xsl:when test="@time"><xsl:call-template name="time"><xsl:with-param name="at" select="string(@time)"/></xsl:call-template></xsl:when>
            <xsl:otherwise><xsl:value-of select="key('w', 'hop-no-time')"/><xsl:if test="r:date">: <xsl:apply-templates select="r:date" mode="octets"/></xsl:if></xsl:otherwise>
          </xsl:choose>
          <xsl:if test="r:with"> · <xsl:apply-templates select="r:with" mode="octets"/></xsl:if>
          <xsl:call-template name="encryption"/>
          <xsl:if test="@border = 'false'"> · <xsl:choose>
            <xsl:when test="@trusted = 'true'"><xsl:value-of select="key('w', 'hop-trusted')"/></xsl:when>
            <xsl:otherwise><xsl:value-of select="key('w', 'hop-untrusted')"/></xsl:otherwise>
          </xsl:choose></xsl:if>
        </p>
      </div>
    </li>
  </xsl:template>

  <xsl:template name="encryption">
    <xsl:choose>
      <xsl:when test="r:tls">
        <xsl:text> · </xsl:text><span class="good"><xsl:value-of select="key('w', 'hop-tls')"/></span>
        <xsl:if test="r:tls != 'yes'"><xsl:text> </xsl:text><xsl:apply-templates select="r:tls" mode="octets"/></xsl:if>
      </xsl:when>
      <xsl:when test="@relay = 'true'"> · <span class="fair"><xsl:value-of select="key('w', 'hop-no-tls')"/></span></xsl:when>
    </xsl:choose>
  </xsl:template>

  <!-- A bar as long as the hop's share of the whole way, and the time in words. -->
  <xsl:template name="delay">
    <xsl:variable name="all" select="sum(../r:hop/@delay-s[. &gt; 0])"/>
    <xsl:choose>
      <xsl:when test="@delay-s &lt; 0">
        <span class="status fair"><span class="sign" aria-hidden="true">!</span><xsl:text> </xsl:text>
          <xsl:call-template name="fill">
            <xsl:with-param name="id" select="'hop-backwards'"/>
            <xsl:with-param name="value"><xsl:call-template name="duration"><xsl:with-param name="s" select="-number(@delay-s)"/></xsl:call-template></xsl:with-param>
          </xsl:call-template>
        </span>
      </xsl:when>
      <xsl:otherwise>
        <xsl:if test="$all &gt; 0 and count(../r:hop[@delay-s]) &gt; 1"><svg class="bar" viewBox="0 0 100 6" width="100" height="6" aria-hidden="true" focusable="false"><rect class="bar-track" width="100" height="6" rx="3"/><rect class="bar-part" width="{format-number(100 * @delay-s div $all, '0')}" height="6" rx="3"/></svg></xsl:if>
        <xsl:text> </xsl:text><xsl:value-of select="key('w', 'hop-delay')"/><xsl:text> </xsl:text>
        <xsl:call-template name="duration"><xsl:with-param name="s" select="number(@delay-s)"/></xsl:call-template>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

</xsl:stylesheet>
