<?xml version="1.0" encoding="UTF-8"?>
<!-- What else the domain publishes, and what block lists say. Part of html.xsl. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:template match="r:domain-records[r:domain-record[@purpose = 'mta-sts']]">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'other-records'"/>
      <xsl:with-param name="content">
        <dl>
          <xsl:for-each select="r:domain-record[@purpose = 'mta-sts'] | r:domain-record[@purpose = 'tls-rpt'] | r:domain-record[@purpose = 'bimi']">
            <dt><xsl:value-of select="key('w', @purpose)"/></dt>
            <dd>
              <xsl:choose>
                <xsl:when test="r:text"><xsl:apply-templates select="r:text" mode="octets"/></xsl:when>
                <xsl:when test="@status = 'ok' or @status = 'nxdomain' or @status = 'nodata'"><span class="dim"><xsl:value-of select="key('w', 'not-published')"/></span></xsl:when>
                <xsl:otherwise><xsl:value-of select="@status"/></xsl:otherwise>
              </xsl:choose>
            </dd>
          </xsl:for-each>
        </dl>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>
  <xsl:template match="r:domain-records"/>

  <xsl:template match="r:block-lists">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'block-lists'"/>
      <xsl:with-param name="content">
        <ul class="plain">
          <xsl:for-each select="r:block-list">
            <xsl:variable name="tone"><xsl:choose><xsl:when test="@result = 'clear'">pass</xsl:when><xsl:when test="@result = 'listed'">fail</xsl:when><xsl:otherwise>temperror</xsl:otherwise></xsl:choose></xsl:variable>
            <li>
              <xsl:apply-templates select="@zone" mode="octets"/>: <xsl:apply-templates select="@object" mode="octets"/><xsl:text> </xsl:text>
              <xsl:call-template name="status"><xsl:with-param name="word" select="string($tone)"/><xsl:with-param name="text" select="key('w', concat('block-list.', @result))"/></xsl:call-template>
              <xsl:if test="@codes"><span class="detail"> (<xsl:apply-templates select="@codes" mode="octets"/>)</span></xsl:if>
              <xsl:if test="r:reason">: <xsl:apply-templates select="r:reason" mode="octets"/></xsl:if>
            </li>
          </xsl:for-each>
        </ul>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

</xsl:stylesheet>
