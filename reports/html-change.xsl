<?xml version="1.0" encoding="UTF-8"?>
<!-- Before and after of a change, with what changed marked; laid into html.xsl by view.c, which has told escapes, blanks and
     characters beyond ASCII apart (visible.h). -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1">

  <xsl:template name="change">
    <xsl:if test="r:before or r:after">
      <dl class="change">
        <xsl:for-each select="r:before | r:after">
          <xsl:variable name="side" select="local-name()"/>
          <dt><xsl:value-of select="key('w', $side)"/></dt>
          <dd>
            <pre dir="ltr" class="{$side}" tabindex="0" role="group" aria-label="{key('w', $side)}">
              <xsl:choose>
                <xsl:when test=". = ''"><i><xsl:value-of select="key('w', 'nothing')"/></i></xsl:when>
                <xsl:when test="../r:difference"><xsl:apply-templates select="../r:difference/r:piece[@in = 'both' or @in = $side]"/></xsl:when>
                <xsl:otherwise><xsl:apply-templates select="node()" mode="visible"/></xsl:otherwise>
              </xsl:choose>
            </pre>
          </dd>
        </xsl:for-each>
      </dl>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:piece"><bdi><xsl:apply-templates select="r:value/node()" mode="visible"/></bdi></xsl:template>
  <xsl:template match="r:piece[@in = 'before']"><del><xsl:apply-templates select="r:value/node()" mode="changed"/></del></xsl:template>
  <xsl:template match="r:piece[@in = 'after']"><ins><xsl:apply-templates select="r:value/node()" mode="changed"/></ins></xsl:template>

  <!-- After a written line end the line ends. -->
  <xsl:template match="escape" mode="visible">
    <span class="escape"><xsl:value-of select="."/></span>
    <xsl:if test="substring(., string-length(.) - 1) = '\n'"><xsl:text>&#10;</xsl:text></xsl:if>
  </xsl:template>
  <xsl:template match="*" mode="visible"><xsl:value-of select="."/></xsl:template>

  <xsl:template match="escape" mode="changed"><xsl:apply-templates select="." mode="visible"/></xsl:template>
  <xsl:template match="blank" mode="changed"><span class="blank"><xsl:value-of select="."/></span></xsl:template>
  <!-- These look like a space, like nothing, or change the letter before. -->
  <xsl:template match="blank[@code]" mode="changed"><span class="escape"><xsl:value-of select="@code"/></span></xsl:template>
  <xsl:template match="foreign" mode="changed"><span class="foreign" title="{@code}"><xsl:value-of select="."/></span></xsl:template>
</xsl:stylesheet>
