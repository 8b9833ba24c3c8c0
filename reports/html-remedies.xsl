<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: what the proposed records do, each tried out. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:variable name="remedies" select="$report/r:remedies"/>
  <xsl:variable name="needed" select="$remedies/r:offered/r:remedy[@in-smallest-set = 'true']"/>

  <!-- "SPF ✗ fail → ✓ pass, score 40 → 100": only what changes; else how many findings it solves. -->
  <xsl:template match="r:outcome | r:together" mode="effect">
    <xsl:variable name="then" select="."/>
    <xsl:variable name="list">
      <xsl:for-each select="$remedies/r:as-is/@spf | $remedies/r:as-is/@dkim | $remedies/r:as-is/@dmarc | $remedies/r:as-is/@score | $remedies/r:as-is/@providers-all-met">
        <xsl:variable name="name" select="name()"/>
        <xsl:variable name="after" select="$then/@*[name() = $name]"/>
        <xsl:if test="string(.) != string($after)">
          <li>
            <b><xsl:value-of select="key('w', concat('change.', $name))"/></b><xsl:text> </xsl:text>
            <xsl:choose>
              <xsl:when test="$name = 'score' or $name = 'providers-all-met'"><xsl:value-of select="concat(., ' → ', $after)"/></xsl:when>
              <xsl:otherwise>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string(.)"/></xsl:call-template>
                <xsl:text> → </xsl:text>
                <xsl:call-template name="status"><xsl:with-param name="word" select="string($after)"/></xsl:call-template>
              </xsl:otherwise>
            </xsl:choose>
          </li>
        </xsl:if>
      </xsl:for-each>
    </xsl:variable>
    <ul class="effect">
      <xsl:copy-of select="$list"/>
      <xsl:if test="string($list) = ''">
        <li><xsl:call-template name="count"><xsl:with-param name="id" select="'solves'"/><xsl:with-param name="n" select="string-length(@solved) - string-length(translate(@solved, ' ', '')) + 1"/></xsl:call-template></li>
      </xsl:if>
      <xsl:for-each select="r:brought/r:brought-finding[@severity = 'error' or @severity = 'warning']">
        <li><xsl:value-of select="key('w', 'brings')"/>: <xsl:value-of select="r:title[@lang = $lang]"/></li>
      </xsl:for-each>
      <li class="detail"><xsl:value-of select="key('w', 'proven-again')"/></li>
    </ul>
  </xsl:template>

  <!-- In the answer: what the first action does, and all that is needed. -->
  <xsl:template name="effect-of">
    <xsl:param name="number"/>
    <xsl:variable name="remedy" select="$remedies/r:offered/r:remedy[contains(concat(' ', @proposed-by, ' '), concat(' ', $number, ' '))]"/>
    <xsl:if test="$remedy">
      <p><b><xsl:value-of select="key('w', 'will-do')"/></b></p>
      <xsl:apply-templates select="$remedy[1]/r:outcome" mode="effect"/>
      <xsl:if test="count($needed) &gt; 1">
        <p><b><a href="#remedies"><xsl:value-of select="key('w', 'all-will-do')"/></a></b></p>
        <xsl:apply-templates select="$remedies/r:together" mode="effect"/>
      </xsl:if>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:change">
    <dt><xsl:value-of select="key('w', concat('action.', @action))"/></dt>
    <dd>
      <xsl:apply-templates select="@name" mode="octets"/><xsl:text> </xsl:text><code><xsl:value-of select="@type"/></code>
      <pre dir="ltr"><xsl:value-of select="r:value"/></pre>
    </dd>
    <xsl:if test="r:was">
      <dt><xsl:value-of select="key('w', 'stands-now')"/></dt>
      <dd><pre dir="ltr"><xsl:value-of select="r:was"/></pre></dd>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:remedy">
    <article>
      <h3><xsl:call-template name="fill"><xsl:with-param name="id" select="'remedy'"/><xsl:with-param name="value" select="@number"/></xsl:call-template></h3>
      <xsl:if test="@in-smallest-set = 'true'"><p class="detail"><xsl:value-of select="key('w', 'in-smallest-set')"/></p></xsl:if>
      <dl>
        <xsl:apply-templates select="r:changes/r:change"/>
        <xsl:if test="r:replaced-terms"><dt><xsl:value-of select="key('w', 'swaps')"/></dt><dd><xsl:apply-templates select="r:replaced-terms"/></dd></xsl:if>
        <dt><xsl:value-of select="key('w', 'will-do')"/></dt>
        <dd><xsl:apply-templates select="r:outcome" mode="effect"/></dd>
        <dt><xsl:value-of select="key('w', 'who')"/></dt>
        <dd><xsl:value-of select="key('w', concat('actor.', @actor))"/></dd>
      </dl>
    </article>
  </xsl:template>

  <xsl:template match="r:remedies[r:offered/r:remedy or r:over-budget/r:too-many-lookups]">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'remedies'"/>
      <xsl:with-param name="content">
        <xsl:if test="count($needed) &gt; 1">
          <h3><xsl:value-of select="key('w', 'together')"/></h3>
          <xsl:apply-templates select="r:together" mode="effect"/>
        </xsl:if>
        <xsl:apply-templates select="r:offered/r:remedy"/>
        <xsl:apply-templates select="r:over-budget/r:too-many-lookups"/>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>
  <xsl:template match="r:remedies"/>

</xsl:stylesheet>
