<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: each signing domain as it is configured, published, and used on this message. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:template name="signing-domains">
    <xsl:variable name="unlisted" select="r:steps/r:step and @from-domain and not(r:from-configured)"/>
    <xsl:if test="$unlisted or r:signing-domains/r:signing-domain">
      <div class="scroll" tabindex="0" role="group" aria-label="{key('w', 'signing')}">
        <table>
          <caption><xsl:value-of select="key('w', 'signing')"/></caption>
          <thead><tr>
            <th scope="col"><xsl:value-of select="key('w', 'signing-domain')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'configured')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'in-dns')"/></th>
            <th scope="col"><xsl:value-of select="key('w', 'on-message')"/></th>
          </tr></thead>
          <tbody>
            <xsl:if test="$unlisted">
              <tr>
                <th scope="row"><xsl:apply-templates select="@from-domain" mode="octets"/></th>
                <td><xsl:call-template name="status"><xsl:with-param name="word" select="'no'"/><xsl:with-param name="text" select="string(key('w', 'not-listed'))"/></xsl:call-template></td>
                <td>–</td>
                <td><xsl:value-of select="key('w', 'keyuse.not-listed')"/></td>
              </tr>
            </xsl:if>
            <xsl:apply-templates select="r:signing-domains/r:signing-domain"/>
          </tbody>
        </table>
      </div>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:signing-domain">
    <tr>
      <th scope="row">
        <xsl:apply-templates select="@key-name" mode="octets"/>
        <xsl:if test="r:configured/@tenant"><div class="detail"><bdi><xsl:value-of select="r:configured/@tenant"/></bdi></div></xsl:if>
      </th>
      <td>
        <xsl:choose>
          <xsl:when test="r:configured/@active = 'true'"><xsl:call-template name="status"><xsl:with-param name="word" select="'yes'"/><xsl:with-param name="text" select="string(key('w', 'active'))"/></xsl:call-template></xsl:when>
          <xsl:otherwise><xsl:call-template name="status"><xsl:with-param name="word" select="'not-applicable'"/><xsl:with-param name="text" select="string(key('w', 'inactive'))"/></xsl:call-template></xsl:otherwise>
        </xsl:choose>
        <div class="detail">
          <xsl:choose>
            <xsl:when test="r:configured/@has-key = 'true'">
              <xsl:value-of select="r:configured/@key-type"/>
              <xsl:if test="r:configured/@bits"><xsl:text> </xsl:text><xsl:call-template name="fill"><xsl:with-param name="id" select="'bits'"/><xsl:with-param name="value" select="r:configured/@bits"/></xsl:call-template></xsl:if>
            </xsl:when>
            <xsl:otherwise><xsl:value-of select="key('w', 'no-configured-key')"/></xsl:otherwise>
          </xsl:choose>
        </div>
      </td>
      <td>
        <xsl:call-template name="status">
          <xsl:with-param name="word">
            <xsl:choose>
              <xsl:when test="@publication = 'valid'">yes</xsl:when>
              <xsl:when test="@publication = 'unknown' or @publication = 'uncompared'">temperror</xsl:when>
              <xsl:otherwise>no</xsl:otherwise>
            </xsl:choose>
          </xsl:with-param>
          <xsl:with-param name="text" select="string(key('w', concat('publication.', @publication)))"/>
        </xsl:call-template>
      </td>
      <td>
        <xsl:variable name="sentence">
          <xsl:call-template name="fill"><xsl:with-param name="id" select="concat('keyuse.', @use)"/><xsl:with-param name="value" select="@signature-number"/></xsl:call-template>
        </xsl:variable>
        <xsl:call-template name="status">
          <xsl:with-param name="word">
            <xsl:choose>
              <xsl:when test="@use = 'in-order'">yes</xsl:when>
              <xsl:when test="@use = 'idle' or @use = 'unsigned'">not-applicable</xsl:when>
              <xsl:otherwise>temperror</xsl:otherwise>
            </xsl:choose>
          </xsl:with-param>
          <xsl:with-param name="text" select="string($sentence)"/>
        </xsl:call-template>
        <xsl:if test="@signer"><xsl:text> </xsl:text><xsl:apply-templates select="@signer" mode="octets"/></xsl:if>
      </td>
    </tr>
  </xsl:template>
</xsl:stylesheet>
