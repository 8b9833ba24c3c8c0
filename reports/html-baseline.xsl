<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: against which earlier report this one was set, and the findings that are not told again.

     Known findings keep their anchors, in a list that is folded away. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:template match="r:baseline" mode="top">
    <p class="note">
      <xsl:call-template name="fill"><xsl:with-param name="id" select="'baseline-of'"/><xsl:with-param name="value" select="@report-name"/></xsl:call-template>
      <xsl:text> (</xsl:text>
      <xsl:apply-templates select="@input-name" mode="octets"/>
      <xsl:text>: </xsl:text>
      <xsl:value-of select="key('w', 'baseline-same-message')[current()/@same-message = 'true'] | key('w', 'baseline-other-message')[current()/@same-message = 'false']"/>
      <xsl:text>, </xsl:text>
      <xsl:call-template name="time"><xsl:with-param name="at" select="@now"/></xsl:call-template>
      <xsl:text>, </xsl:text>
      <xsl:value-of select="key('w', 'score')"/>
      <xsl:text> </xsl:text>
      <xsl:call-template name="fill"><xsl:with-param name="id" select="'score-of'"/><xsl:with-param name="value" select="@score"/></xsl:call-template>
      <xsl:text>): </xsl:text>
      <xsl:call-template name="count"><xsl:with-param name="id" select="'baseline-new'"/><xsl:with-param name="n" select="@new"/></xsl:call-template>
      <xsl:text>, </xsl:text>
      <xsl:call-template name="count"><xsl:with-param name="id" select="'baseline-worse'"/><xsl:with-param name="n" select="@worse"/></xsl:call-template>
      <xsl:text>, </xsl:text>
      <xsl:call-template name="count"><xsl:with-param name="id" select="'baseline-gone'"/><xsl:with-param name="n" select="count(r:gone/r:gone-finding)"/></xsl:call-template>
      <xsl:if test="r:not-judged/r:gone-finding">
        <xsl:text>, </xsl:text>
        <xsl:call-template name="count"><xsl:with-param name="id" select="'baseline-open'"/><xsl:with-param name="n" select="count(r:not-judged/r:gone-finding)"/></xsl:call-template>
      </xsl:if>
      <xsl:if test="@known + @better &gt; 0">
        <xsl:text>; </xsl:text>
        <xsl:call-template name="count"><xsl:with-param name="id" select="'baseline-left-out'"/><xsl:with-param name="n" select="@known + @better"/></xsl:call-template>
      </xsl:if>
      <xsl:text>.</xsl:text>
    </p>
  </xsl:template>

  <xsl:template match="r:baseline" mode="findings">
    <xsl:variable name="known" select="$findings[@since-baseline = 'known' or @since-baseline = 'better']"/>
    <xsl:if test="r:gone/r:gone-finding">
      <h3><xsl:value-of select="key('w', 'baseline-gone-heading')"/></h3>
      <ul class="plain"><xsl:apply-templates select="r:gone/r:gone-finding"><xsl:with-param name="sign" select="'✓'"/></xsl:apply-templates></ul>
    </xsl:if>
    <xsl:if test="r:not-judged/r:gone-finding">
      <h3><xsl:value-of select="key('w', 'baseline-open-heading')"/></h3>
      <ul class="plain"><xsl:apply-templates select="r:not-judged/r:gone-finding"><xsl:with-param name="sign" select="'?'"/></xsl:apply-templates></ul>
    </xsl:if>
    <xsl:if test="$known">
      <details>
        <summary><xsl:value-of select="key('w', 'baseline-known-heading')"/><xsl:text> </xsl:text>(<xsl:value-of select="count($known)"/>)</summary>
        <ul class="columns">
          <xsl:for-each select="$known">
            <li id="finding-{@number}"><code><xsl:value-of select="@rule"/></code><xsl:if test="@object != ''"><xsl:text> </xsl:text><xsl:apply-templates select="@object" mode="octets"/></xsl:if></li>
          </xsl:for-each>
        </ul>
      </details>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:gone-finding">
    <xsl:param name="sign"/>
    <li>
      <span class="sign" aria-hidden="true"><xsl:value-of select="$sign"/></span><xsl:text> </xsl:text>
      <xsl:value-of select="r:title[@lang = $lang]"/>
      <span class="detail"><xsl:text> </xsl:text><code><xsl:value-of select="@rule"/></code><xsl:if test="@object != ''"><xsl:text> </xsl:text><xsl:apply-templates select="@object" mode="octets"/></xsl:if><xsl:text> · </xsl:text><xsl:value-of select="key('w', concat('diff-state.', @state))"/></span>
    </li>
  </xsl:template>
</xsl:stylesheet>
