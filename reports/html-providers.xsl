<?xml version="1.0" encoding="UTF-8"?>
<!-- Part of html.xsl: the provider matrix. A row for each requirement, a column for each provider; where it was read, and
     when, stands below as a note to each provider. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:variable name="provider-list" select="$report/r:providers/r:provider-list/r:provider"/>

  <!-- Sign, word, and colour last. -->
  <xsl:template name="signed">
    <xsl:param name="tone"/><xsl:param name="sign"/><xsl:param name="text"/>
    <span class="status {$tone}"><span class="sign" aria-hidden="true"><xsl:value-of select="$sign"/></span><xsl:text> </xsl:text><xsl:value-of select="$text"/></span>
  </xsl:template>

  <xsl:template name="note-link">
    <xsl:param name="provider"/><xsl:param name="number"/>
    <sup><a href="#provider-{$provider/@id}" aria-label="{$number}: {$provider/@name}, {key('w', 'references')}"><xsl:value-of select="$number"/></a></sup>
  </xsl:template>

  <!-- "421 4.7.27 or 550 5.7.27" -->
  <xsl:template match="r:smtp-answers">
    <xsl:for-each select="r:smtp-answer">
      <xsl:if test="position() &gt; 1"><xsl:text> </xsl:text><xsl:value-of select="key('w', 'or')"/><xsl:text> </xsl:text></xsl:if>
      <code><xsl:value-of select="@code"/><xsl:if test="@code and @enhanced"><xsl:text> </xsl:text></xsl:if><xsl:value-of select="@enhanced"/></code>
    </xsl:for-each>
  </xsl:template>

  <!-- Whom it is asked of, how firmly, how sure it is, what there is instead: "bulk · fail". -->
  <xsl:template name="remarks">
    <xsl:if test="@required = 'false' or @applies != 'all' or @inferred = 'true' or @instead">
      <span class="detail">
        <xsl:if test="@required = 'false'"><span><xsl:value-of select="key('w', 'advised')"/></span></xsl:if>
        <xsl:if test="@applies != 'all'"><span><xsl:value-of select="key('w', concat('applies.', @applies))"/></span></xsl:if>
        <xsl:if test="@instead"><span><xsl:apply-templates select="@instead" mode="octets"/></span></xsl:if>
        <xsl:if test="@inferred = 'true'"><span><xsl:value-of select="key('w', 'inferred')"/></span></xsl:if>
      </span>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:requirement" mode="cell">
    <xsl:variable name="text" select="key('w', concat('fulfilled.', @fulfilled))"/>
    <xsl:choose>
      <xsl:when test="@fulfilled = 'met'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'good'"/><xsl:with-param name="sign" select="'✓'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:when test="@fulfilled = 'not-met' and @required = 'true'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'bad'"/><xsl:with-param name="sign" select="'✗'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:when test="@fulfilled = 'not-met'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'fair'"/><xsl:with-param name="sign" select="'!'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:when test="@fulfilled = 'not-evaluable'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'fair'"/><xsl:with-param name="sign" select="'?'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:otherwise><xsl:call-template name="signed"><xsl:with-param name="tone" select="'dim'"/><xsl:with-param name="sign" select="'–'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:otherwise>
    </xsl:choose>
    <xsl:if test="r:note"><xsl:call-template name="note-link"><xsl:with-param name="provider" select="../.."/><xsl:with-param name="number" select="count(../../preceding-sibling::r:provider) + 1"/></xsl:call-template></xsl:if>
    <xsl:if test="@fulfilled != 'not-applicable'"><xsl:call-template name="remarks"/></xsl:if>
    <xsl:if test="@missing">
      <xsl:variable name="fact" select="key('w', concat('missing.', @missing))"/>
      <span class="detail"><xsl:call-template name="fill"><xsl:with-param name="id" select="'missing-fact'"/><xsl:with-param name="value"><xsl:choose><xsl:when test="$fact"><xsl:value-of select="$fact"/></xsl:when><xsl:otherwise><xsl:value-of select="@missing"/></xsl:otherwise></xsl:choose></xsl:with-param></xsl:call-template></span>
    </xsl:if>
    <xsl:if test="@fulfilled = 'not-met' and r:smtp-answers/r:smtp-answer">
      <span class="detail">
        <xsl:value-of select="substring-before(key('w', 'would-answer'), '{}')"/>
        <xsl:apply-templates select="r:smtp-answers"/>
        <xsl:value-of select="substring-after(key('w', 'would-answer'), '{}')"/>
      </span>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:provider" mode="verdict">
    <xsl:variable name="text" select="key('w', concat('provider-verdict.', @verdict))"/>
    <xsl:choose>
      <xsl:when test="@verdict = 'all-met'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'good'"/><xsl:with-param name="sign" select="'✓'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:when test="@verdict = 'open'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'fair'"/><xsl:with-param name="sign" select="'?'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:when test="@verdict = 'short'"><xsl:call-template name="signed"><xsl:with-param name="tone" select="'fair'"/><xsl:with-param name="sign" select="'!'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:when>
      <xsl:otherwise><xsl:call-template name="signed"><xsl:with-param name="tone" select="'bad'"/><xsl:with-param name="sign" select="'✗'"/><xsl:with-param name="text" select="$text"/></xsl:call-template></xsl:otherwise>
    </xsl:choose>
    <xsl:if test="@verdict = 'refuses-bulk'">
      <span class="detail">
        <xsl:choose>
          <xsl:when test="@bulk-from"><xsl:call-template name="fill"><xsl:with-param name="id" select="'bulk-from'"/><xsl:with-param name="value" select="@bulk-from"/></xsl:call-template></xsl:when>
          <xsl:otherwise><xsl:value-of select="key('w', 'bulk-no-number')"/></xsl:otherwise>
        </xsl:choose>
      </span>
    </xsl:if>
    <xsl:if test="@inferred = 'true'"><span class="detail"><xsl:value-of select="key('w', 'inferred')"/></span></xsl:if>
  </xsl:template>

  <!-- A row in which nothing is asked of this message says nothing. -->
  <xsl:template match="r:provider-test">
    <xsl:variable name="id" select="@id"/>
    <xsl:if test="$provider-list/r:requirements/r:requirement[@test = $id and @fulfilled != 'not-applicable']">
      <tr>
        <th scope="row"><xsl:value-of select="r:title[@lang = $lang]"/></th>
        <xsl:for-each select="$provider-list">
          <xsl:variable name="asked" select="r:requirements/r:requirement[@test = $id]"/>
          <td>
            <xsl:apply-templates select="$asked" mode="cell"/>
            <xsl:if test="not($asked)"><span class="dim" aria-hidden="true">·</span><span class="unseen"><xsl:value-of select="key('w', 'not-asked')"/></span></xsl:if>
          </td>
        </xsl:for-each>
      </tr>
    </xsl:if>
  </xsl:template>

  <!-- For whom it is asked, since when, where that was read; and the notes to its requirements. -->
  <xsl:template match="r:provider" mode="note">
    <li id="provider-{@id}">
      <b><xsl:value-of select="@name"/></b>
      <xsl:if test="@since">, <xsl:call-template name="fill"><xsl:with-param name="id" select="'since'"/><xsl:with-param name="value" select="@since"/></xsl:call-template></xsl:if>
      <xsl:text>. </xsl:text><xsl:value-of select="r:scope[@lang = $lang]"/>
      <xsl:for-each select="r:requirements/r:requirement[r:note and @fulfilled != 'not-applicable']">
        <xsl:text> </xsl:text><i><xsl:value-of select="$report/r:providers/r:provider-tests/r:provider-test[@id = current()/@test]/r:title[@lang = $lang]"/></i>: <xsl:value-of select="r:note[@lang = $lang]"/>
      </xsl:for-each>
      <span class="detail">
        <xsl:text> </xsl:text><xsl:value-of select="key('w', 'references')"/>:
        <xsl:for-each select="r:references/r:reference">
          <xsl:if test="position() &gt; 1">; </xsl:if>
          <xsl:choose>
            <xsl:when test="starts-with(@url, 'https://')"><a href="{@url}" rel="noopener noreferrer"><xsl:value-of select="@label"/></a></xsl:when>
            <xsl:otherwise><xsl:value-of select="@label"/></xsl:otherwise>
          </xsl:choose>
          <xsl:text> (</xsl:text><xsl:call-template name="fill"><xsl:with-param name="id" select="'as-of'"/><xsl:with-param name="value" select="@as-of"/></xsl:call-template>)</xsl:for-each>
      </span>
    </li>
  </xsl:template>

  <xsl:template match="r:providers">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'providers'"/>
      <xsl:with-param name="content">
        <p><xsl:value-of select="key('w', 'providers-lead')"/></p>
        <div class="scroll" tabindex="0" role="group" aria-labelledby="h-providers">
          <table class="providers">
            <caption class="quiet"><xsl:value-of select="key('w', 'providers')"/></caption>
            <thead><tr>
              <th scope="col"><xsl:value-of select="key('w', 'requirement')"/></th>
              <xsl:for-each select="$provider-list">
                <th scope="col">
                  <xsl:value-of select="@short-name"/>
                  <xsl:call-template name="note-link"><xsl:with-param name="provider" select="."/><xsl:with-param name="number" select="position()"/></xsl:call-template>
                  <xsl:if test="@is-recipient = 'true'"><xsl:text> </xsl:text><span class="badge"><xsl:value-of select="key('w', 'is-recipient')"/></span></xsl:if>
                </th>
              </xsl:for-each>
            </tr></thead>
            <tbody>
              <tr class="by-rules">
                <th scope="row"><xsl:value-of select="key('w', 'provider-verdict')"/></th>
                <xsl:for-each select="$provider-list"><td><xsl:apply-templates select="." mode="verdict"/></td></xsl:for-each>
              </tr>
              <xsl:apply-templates select="r:provider-tests/r:provider-test"/>
            </tbody>
          </table>
        </div>
        <ol class="footnotes"><xsl:apply-templates select="$provider-list" mode="note"/></ol>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>
</xsl:stylesheet>
