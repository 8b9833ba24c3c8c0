<?xml version="1.0" encoding="UTF-8"?>
<!-- The answer on one screen: verdict, what to do first and who, what blocks, how the score came about; laid into html.xsl by view.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1"
                exclude-result-prefixes="r">

  <xsl:template name="masthead">
    <header>
      <div class="wide">
        <p class="eyebrow">
          <xsl:if test="$house"><xsl:value-of select="$house"/> · </xsl:if>
          <xsl:value-of select="key('w', 'title')"/> · <xsl:apply-templates select="$report/r:input/@name" mode="octets"/>
        </p>
        <xsl:if test="starts-with($report/r:run/r:logo, 'data:image/')">
          <img class="logo" src="{$report/r:run/r:logo}" alt="{$house}"/>
        </xsl:if>
        <div class="verdict">
          <xsl:call-template name="ring"/>
          <div>
            <h1><xsl:value-of select="$verdict/r:sentence[@lang = $lang]"/></h1>
            <xsl:apply-templates select="$report/r:baseline" mode="top"/>
            <ul class="methods">
              <xsl:for-each select="$verdict/@dmarc | $verdict/@spf | $verdict/@dkim | $verdict/@arc">
                <li>
                  <b><xsl:value-of select="translate(name(), 'acdfikmprs', 'ACDFIKMPRS')"/></b>
                  <xsl:text> </xsl:text>
                  <xsl:call-template name="status"><xsl:with-param name="word" select="string(.)"/></xsl:call-template>
                </li>
              </xsl:for-each>
            </ul>
            <xsl:call-template name="equation"/>
          </div>
        </div>
        <xsl:if test="$report/@redacted = 'true'"><p class="note">! <xsl:value-of select="key('w', 'redacted')"/></p></xsl:if>
        <xsl:if test="$report/r:input/r:copy/@repaired = 'true'"><p class="note">! <xsl:value-of select="key('w', 'copy-repaired')"/><xsl:text> </xsl:text><xsl:for-each select="$report/r:input/r:copy/r:repairs/r:repair"><xsl:value-of select="key('w', concat('cause.', .))"/>. </xsl:for-each></p></xsl:if>
        <xsl:if test="$report/r:input/@headers-only = 'true'"><p class="note">! <xsl:value-of select="key('w', 'headers-only')"/></p></xsl:if>
        <div class="answer">
          <xsl:call-template name="because"/>
          <xsl:call-template name="first"/>
          <xsl:call-template name="arithmetic"/>
        </div>
      </div>
    </header>
  </xsl:template>

  <!-- "100 − 25 − 20 = 55, capped at 40" -->
  <xsl:template name="equation">
    <xsl:variable name="score" select="$report/r:score"/>
    <xsl:variable name="deductions" select="$score/r:deductions/r:deduction"/>
    <p class="equation">
      <xsl:value-of select="$score/@start"/>
      <xsl:for-each select="$deductions[position() &lt;= 8]"> − <xsl:value-of select="@points"/></xsl:for-each>
      <xsl:if test="count($deductions) &gt; 8"> − …</xsl:if>
      <xsl:if test="$deductions">
        <xsl:text> </xsl:text><xsl:choose><xsl:when test="$verdict/@open != 'no' and not($score/r:cap)">≤</xsl:when><xsl:otherwise>=</xsl:otherwise></xsl:choose><xsl:text> </xsl:text>
        <xsl:choose><xsl:when test="$score/r:cap"><xsl:value-of select="$score/@uncapped"/></xsl:when><xsl:otherwise><xsl:value-of select="$score/@value"/></xsl:otherwise></xsl:choose>
      </xsl:if>
      <xsl:if test="not($deductions)">: <xsl:value-of select="key('w', 'no-deductions')"/></xsl:if>
      <xsl:if test="$score/r:cap">, <xsl:call-template name="fill"><xsl:with-param name="id" select="'capped-at'"/><xsl:with-param name="value" select="$score/@value"/></xsl:call-template></xsl:if>
    </p>
  </xsl:template>

  <xsl:template name="ring">
    <xsl:variable name="score-words" select="key('w', 'score-at-most')[$verdict/@open != 'no'] | key('w', 'score-of')[$verdict/@open = 'no']"/>
    <svg class="ring {$verdict/@standing}" viewBox="0 0 120 120" width="120" height="120" role="img" aria-labelledby="ring-title">
      <title id="ring-title"><xsl:value-of select="key('w', 'score')"/>: <xsl:value-of select="concat(substring-before($score-words, '{}'), $verdict/@score, substring-after($score-words, '{}'))"/></title>
      <circle class="track" cx="60" cy="60" r="52" fill="none" stroke-width="9"/>
      <circle class="part" cx="60" cy="60" r="52" fill="none" stroke-width="9" pathLength="100" stroke-dasharray="{$verdict/@score} 100" transform="rotate(-90 60 60)"/>
      <text x="60" y="66" text-anchor="middle" class="big"><xsl:if test="$verdict/@open != 'no'"><xsl:attribute name="class">big at-most</xsl:attribute>≤</xsl:if><xsl:value-of select="$verdict/@score"/></text>
      <text x="60" y="84" text-anchor="middle" class="small"><xsl:value-of select="normalize-space(translate(key('w', 'score-of'), '{}', ''))"/></text>
    </svg>
  </xsl:template>

  <xsl:template name="arithmetic">
    <div class="sum">
      <table>
        <caption><xsl:value-of select="key('w', 'arithmetic')"/></caption>
        <tbody>
          <tr><td class="number"><xsl:value-of select="$report/r:score/@start"/></td><th scope="row"><xsl:value-of select="key('w', 'start')"/></th></tr>
          <xsl:variable name="deductions" select="$report/r:score/r:deductions/r:deduction"/>
          <xsl:for-each select="$deductions[position() &lt;= 12]">
            <tr>
              <td class="number">−<xsl:value-of select="@points"/></td>
              <th scope="row">
                <span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text><a href="#finding-{@finding-number}"><xsl:value-of select="r:title[@lang = $lang]"/></a>
              </th>
            </tr>
          </xsl:for-each>
          <xsl:if test="count($deductions) &gt; 12">
            <tr>
              <td class="number">−<xsl:value-of select="sum($deductions[position() &gt; 12]/@points)"/></td>
              <th scope="row"><a href="#findings"><xsl:call-template name="count"><xsl:with-param name="id" select="'more-deductions'"/><xsl:with-param name="n" select="count($deductions) - 12"/></xsl:call-template></a></th>
            </tr>
          </xsl:if>
          <xsl:if test="$report/r:score/r:cap">
            <tr class="total"><td class="number"><xsl:value-of select="$report/r:score/@uncapped"/></td><th scope="row"><xsl:value-of select="key('w', 'uncapped')"/></th></tr>
            <tr>
              <td class="number">≤<xsl:value-of select="$report/r:score/r:cap/@limit"/></td>
              <th scope="row"><xsl:value-of select="$report/r:score/r:cap/r:reason[@lang = $lang]"/></th>
            </tr>
          </xsl:if>
        </tbody>
        <tfoot>
          <tr class="total"><td class="number"><xsl:if test="$verdict/@open != 'no'">≤</xsl:if><xsl:value-of select="$report/r:score/@value"/></td><th scope="row"><xsl:value-of select="key('w', 'score')"/></th></tr>
        </tfoot>
      </table>
    </div>
  </xsl:template>

  <!-- Each kind of cause once, however many signatures it breaks. -->
  <xsl:template name="what-happened">
    <xsl:variable name="causes" select="$report/r:signatures/r:signature/r:causes/r:cause"/>
    <xsl:if test="$causes">
      <h2><xsl:value-of select="key('w', 'what-happened')"/></h2>
      <ul class="plain">
        <xsl:for-each select="$causes[not(@id = preceding::r:cause/@id)][position() &lt;= 6]">
          <li>
            <a href="#signature-{../../@number}"><xsl:value-of select="key('w', concat('cause.', @id))"/></a>
            <span class="detail"><xsl:text> </xsl:text><xsl:value-of select="key('w', concat('cause-certainty.', @certainty))"/> · <xsl:call-template name="fill"><xsl:with-param name="id" select="'points-to'"/><xsl:with-param name="value" select="key('w', concat('actor.', @actor))"/></xsl:call-template></span>
          </li>
        </xsl:for-each>
      </ul>
    </xsl:if>
  </xsl:template>

  <xsl:template name="because">
    <div class="because">
      <h2><xsl:value-of select="key('w', 'blockers')"/></h2>
      <xsl:choose>
        <xsl:when test="$verdict/r:blockers/r:blocker[@finding-number = $told/@number]">
          <ul class="plain">
            <xsl:for-each select="$verdict/r:blockers/r:blocker[@finding-number = $told/@number]">
              <li><span class="status bad"><span class="sign" aria-hidden="true">✗</span><xsl:text> </xsl:text><a href="#finding-{@finding-number}"><xsl:value-of select="key('finding', @finding-number)/r:title[@lang = $lang]"/></a></span><p class="why"><xsl:value-of select="key('finding', @finding-number)/r:why[@lang = $lang]"/></p></li>
            </xsl:for-each>
          </ul>
        </xsl:when>
        <xsl:when test="$verdict/r:blockers/r:blocker"><p><xsl:value-of select="key('w', 'baseline-known')"/></p></xsl:when>
        <xsl:otherwise><p class="status good"><span class="sign" aria-hidden="true">✓</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'no-blockers')"/></p></xsl:otherwise>
      </xsl:choose>
      <xsl:call-template name="what-happened"/>
    </div>
  </xsl:template>

  <xsl:template name="first">
    <div class="todo">
      <xsl:variable name="actions" select="$verdict/r:actions/r:action[@finding-number = $told/@number]"/>
      <xsl:variable name="action" select="$actions[1]"/>
      <xsl:choose>
        <xsl:when test="$action">
          <xsl:variable name="finding" select="key('finding', $action/@finding-number)"/>
          <h2><xsl:value-of select="key('w', 'first')"/></h2>
          <p class="who"><b><xsl:value-of select="key('w', 'who')"/>:</b><xsl:text> </xsl:text><xsl:value-of select="key('w', concat('actor.', $action/@actor))"/></p>
          <xsl:if test="not($verdict/r:blockers/r:blocker[@finding-number = $action/@finding-number])"><p><xsl:value-of select="$finding/r:why[@lang = $lang]"/></p></xsl:if>
          <p><xsl:apply-templates select="$finding/r:fix[@lang = $lang]"/></p>
          <xsl:apply-templates select="$finding/r:proposed-records/r:proposed-record"/>
          <xsl:call-template name="effect-of"><xsl:with-param name="number" select="$action/@finding-number"/></xsl:call-template>
          <p class="detail"><a href="#finding-{$action/@finding-number}"><xsl:value-of select="key('w', 'finding')"/><xsl:text> </xsl:text><code><xsl:value-of select="$action/@rule"/></code></a>
            <xsl:if test="count($actions) &gt; 1"><xsl:text> · </xsl:text><xsl:call-template name="count"><xsl:with-param name="id" select="'more-actions'"/><xsl:with-param name="n" select="count($actions) - 1"/></xsl:call-template></xsl:if>
          </p>
        </xsl:when>
        <xsl:when test="$report/r:baseline"><h2><xsl:value-of select="key('w', 'baseline-no-action')"/></h2></xsl:when>
        <xsl:otherwise><h2><xsl:value-of select="key('w', 'nothing-to-do')"/></h2></xsl:otherwise>
      </xsl:choose>
    </div>
  </xsl:template>

</xsl:stylesheet>
