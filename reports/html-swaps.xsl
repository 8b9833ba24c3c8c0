<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: what is not in a proposed SPF record that stands there now, and records that need too many lookups. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:template match="r:replaced-terms">
    <ul class="swaps"><xsl:apply-templates select="r:replaced-term"/></ul>
  </xsl:template>

  <xsl:template match="r:replaced-term">
    <li>
      <b><xsl:choose><xsl:when test="r:by"><xsl:value-of select="key('w', 'swap-in')"/></xsl:when><xsl:otherwise><xsl:value-of select="key('w', 'swap-out')"/></xsl:otherwise></xsl:choose></b>
      <xsl:text> </xsl:text><code><xsl:apply-templates select="@term" mode="octets"/></code>
      <xsl:if test="r:by"><xsl:text> → </xsl:text><code><xsl:apply-templates select="r:by" mode="octets"/></code></xsl:if>
      <xsl:text>: </xsl:text>
      <xsl:call-template name="fill"><xsl:with-param name="id" select="concat('swap.', @reason)"/><xsl:with-param name="value" select="string(r:now)"/></xsl:call-template>
    </li>
  </xsl:template>

  <xsl:template match="r:too-many-lookups">
    <xsl:variable name="alone" select="r:costs/r:cost[@enough = 'true']"/>
    <article>
      <p class="note">
        <xsl:call-template name="fill">
          <xsl:with-param name="id"><xsl:choose><xsl:when test="@published = 'true'">over-budget.published</xsl:when><xsl:otherwise>over-budget.proposed</xsl:otherwise></xsl:choose></xsl:with-param>
          <xsl:with-param name="value" select="@lookups"/>
        </xsl:call-template>
      </p>
      <pre dir="ltr"><xsl:value-of select="r:value"/></pre>
      <xsl:if test="$alone">
        <p><xsl:value-of select="key('w', 'drop-one')"/>:</p>
        <ul><xsl:apply-templates select="$alone"/></ul>
      </xsl:if>
      <xsl:if test="r:costs/r:cost[@enough = 'false']">
        <p>
          <xsl:call-template name="fill">
            <xsl:with-param name="id"><xsl:choose><xsl:when test="$alone">or-several</xsl:when><xsl:otherwise>drop-several</xsl:otherwise></xsl:choose></xsl:with-param>
            <xsl:with-param name="value" select="@excess"/>
          </xsl:call-template>:
        </p>
        <ul><xsl:apply-templates select="r:costs/r:cost[@enough = 'false']"/></ul>
      </xsl:if>
    </article>
  </xsl:template>

  <xsl:template match="r:cost">
    <li><code><xsl:apply-templates select="@text" mode="octets"/></code> (<xsl:value-of select="@lookups"/>)</li>
  </xsl:template>

</xsl:stylesheet>
