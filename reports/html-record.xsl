<?xml version="1.0" encoding="UTF-8"?>
<!-- What a finding says of a DNS record and of the profile: the place of the fault, and an exemption. Part of html.xsl. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <!-- The fault is marked and underlined; where something is missing stands a caret. -->
  <xsl:template match="r:in-record">
    <dt><xsl:value-of select="key('w', 'in-record')"/></dt>
    <dd>
      <xsl:apply-templates select="@name" mode="octets"/><xsl:text> </xsl:text><code><xsl:value-of select="@type"/></code><xsl:text>, </xsl:text>
      <xsl:call-template name="fill"><xsl:with-param name="id" select="'character-number'"/><xsl:with-param name="value" select="@offset + 1"/></xsl:call-template>
      <pre dir="ltr"><xsl:if test="@offset &gt; 32">…</xsl:if><xsl:value-of select="r:before"/><xsl:choose>
        <xsl:when test="@length &gt; 0"><mark class="fault"><xsl:value-of select="r:fault"/><xsl:if test="@length &gt; 40">…</xsl:if></mark></xsl:when>
        <xsl:otherwise><mark class="fault" aria-hidden="true">‸</mark></xsl:otherwise>
      </xsl:choose><xsl:value-of select="r:after"/><xsl:if test="@record-length &gt; @offset + @length + 24 and @length &lt;= 40">…</xsl:if></pre>
    </dd>
  </xsl:template>

  <xsl:template name="exemption">
    <xsl:if test="r:waived-reason">
      <dt><xsl:value-of select="key('w', 'reason')"/></dt>
      <dd>
        <xsl:apply-templates select="r:waived-reason" mode="octets"/>
        <xsl:if test="@waived-until"> (<xsl:call-template name="fill"><xsl:with-param name="id" select="'waived-until'"/><xsl:with-param name="value" select="@waived-until"/></xsl:call-template>)</xsl:if>
        <xsl:if test="@exemption-ended"><p class="note">! <xsl:call-template name="fill"><xsl:with-param name="id" select="'exemption-ended'"/><xsl:with-param name="value" select="@exemption-ended"/></xsl:call-template></p></xsl:if>
      </dd>
    </xsl:if>
  </xsl:template>

</xsl:stylesheet>
