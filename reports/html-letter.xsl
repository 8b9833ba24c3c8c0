<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: the hand-over letter, which view.c lays beside the report when there is something to hand over. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">

  <xsl:template match="letter">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'letter'"/>
      <xsl:with-param name="content">
        <p class="detail"><xsl:value-of select="key('w', 'letter.what')"/></p>
        <pre class="letter" dir="ltr"><xsl:value-of select="."/></pre>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

</xsl:stylesheet>
