<?xml version="1.0" encoding="UTF-8"?>
<!-- What a fixture's `expect` holds: the score; the results; why a signature fails, where that was found; for each signing
     domain configuration, DNS and message; then every finding that is not a pass and not "not applicable", each with where
     in a DNS record, and the records to publish; then of each provider what is not met or cannot be judged ("~": merely
     inferred); then what DNS changes do, which SPF records are refused; and the ways to be aligned. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/r:report">
    <xsl:for-each select="r:verdict">
      <xsl:value-of select="concat('score ', @score, substring(concat(', open: ', @open), 1 + 20 * (@open = 'no')), '&#10;spf ', @spf, ', dkim ', @dkim, ', dmarc ', @dmarc, ', arc ', @arc, '&#10;')"/>
    </xsl:for-each>
    <xsl:for-each select="r:signatures/r:signature/r:causes/r:cause">
      <xsl:value-of select="concat('cause ', @certainty, ' ', @id, ' signature-', ../../@number, '&#10;')"/>
    </xsl:for-each>
    <xsl:for-each select="r:alignment/r:signing-domains/r:signing-domain">
      <xsl:value-of select="concat('key ', @key-name, ': ', substring('in', 1, 2 * (r:configured/@active = 'false')), 'active, ', @publication, ', ', @use, substring(concat(' ', @signer), 1 + (not(@signer))), '&#10;')"/>
    </xsl:for-each>
    <xsl:for-each select="r:findings/r:finding[@outcome = 'fail' or @outcome = 'not-evaluable']">
      <xsl:sort select="@rule"/>
      <xsl:value-of select="concat(@outcome, ' ', @severity, ' ', @rule)"/>
      <xsl:if test="@object != ''"><xsl:value-of select="concat(' ', @object)"/></xsl:if>
      <xsl:if test="@certainty = 'inferred'"> (inferred)</xsl:if>
      <xsl:if test="@waived = 'true'"> (waived)</xsl:if>
      <xsl:text>&#10;</xsl:text>
      <xsl:if test="@exemption-ended"><xsl:value-of select="concat('  exemption ended ', @exemption-ended, '&#10;')"/></xsl:if>
      <xsl:for-each select="r:in-record">
        <xsl:value-of select="concat('  at ', @name, ' ', @type, ' ', @offset, '+', @length, ': ', r:fault, '&#10;')"/>
      </xsl:for-each>
      <xsl:for-each select="r:proposed-records/r:proposed-record">
        <xsl:value-of select="concat('  ', @action, ' ', @name, ' ', @type, ' ', substring(r:value, 1, 120), '&#10;')"/>
      </xsl:for-each>
    </xsl:for-each>
    <xsl:for-each select="r:providers/r:provider-list/r:provider">
      <xsl:variable name="asked" select="r:requirements/r:requirement"/>
      <xsl:variable name="lines">
        <xsl:apply-templates select="$asked[@fulfilled = 'not-met' and @required = 'true']"/>
        <xsl:if test="$asked[@fulfilled = 'not-met' and @required = 'false']">, advised:<xsl:apply-templates select="$asked[@fulfilled = 'not-met' and @required = 'false']"/></xsl:if>
        <xsl:if test="$asked[@fulfilled = 'not-evaluable']">, not evaluable:<xsl:apply-templates select="$asked[@fulfilled = 'not-evaluable']"/></xsl:if>
      </xsl:variable>
      <xsl:if test="$lines != '' or @verdict != 'all-met' or @is-recipient = 'true' or @inferred = 'true'">
        <xsl:value-of select="concat('provider ', @id, substring(' (recipient)', 1 + 20 * (@is-recipient = 'false')), ' ', @verdict, substring(' (inferred)', 1 + 20 * (@inferred = 'false')), substring(':', 1 + ($lines = '')), $lines, '&#10;')"/>
      </xsl:if>
    </xsl:for-each>
    <xsl:apply-templates select="r:remedies"/>
    <xsl:apply-templates select="r:plan/r:routes/r:route"/>
  </xsl:template>

  <!-- A way to be aligned, what came of trying it, and what it takes. -->
  <xsl:template match="r:route">
    <xsl:value-of select="concat('plan ', @id, ' ', @state)"/>
    <xsl:if test="@reason"><xsl:value-of select="concat(', ', @reason)"/></xsl:if>
    <xsl:for-each select="r:rehearsal">
      <xsl:value-of select="concat(', spf ', @spf, ', dkim ', @dkim, ', dmarc ', @dmarc)"/>
      <xsl:if test="@score"><xsl:value-of select="concat(', score ', ../../../r:as-is/@score, ' -> ', @score)"/></xsl:if>
      <xsl:if test="@dkim-aligned = 'true'">, aligned dkim</xsl:if>
      <xsl:if test="@spf-aligned = 'true'">, aligned spf</xsl:if>
    </xsl:for-each>
    <xsl:if test="@id = ../../@recommended">, recommended</xsl:if>
    <xsl:text>&#10;</xsl:text>
    <xsl:for-each select="r:rehearsal/@mail-from | r:rehearsal/@client-ip | r:rehearsal/@helo | r:rehearsal/@from | r:rehearsal/@reply-to | r:rehearsal/@signed-as">
      <xsl:value-of select="concat('  with ', name(), ' ', ., '&#10;')"/>
    </xsl:for-each>
    <xsl:for-each select="r:needs/r:need">
      <xsl:value-of select="concat('  ', @party, ' ', @id, '&#10;')"/>
      <xsl:for-each select="r:plan-records/r:plan-record">
        <xsl:value-of select="concat('    ', @action, ' ', @name, ' ', @type, ' ', substring(r:value, 1, 120))"/>
        <xsl:if test="@to-come = 'true'"> (to come)</xsl:if>
        <xsl:text>&#10;</xsl:text>
      </xsl:for-each>
    </xsl:for-each>
    <xsl:for-each select="r:notes/r:plan-note"><xsl:value-of select="concat('  ', @id, '&#10;')"/></xsl:for-each>
  </xsl:template>

  <xsl:template match="r:requirement">
    <xsl:value-of select="concat(' ', @test, substring('~', 1 + (@inferred = 'false')))"/>
    <xsl:if test="@missing"><xsl:value-of select="concat(' (', @missing, ')')"/></xsl:if>
  </xsl:template>

  <xsl:template match="r:remedies">
    <xsl:variable name="before" select="r:as-is/@score"/>
    <xsl:for-each select="r:offered/r:remedy">
      <xsl:value-of select="concat('remedy ', r:changes/r:change[1]/@name, ' score ', $before, ' -> ', r:outcome/@score)"/>
      <xsl:apply-templates select="r:outcome"/>
      <xsl:if test="@in-smallest-set = 'true'">, needed</xsl:if>
      <xsl:text>&#10;</xsl:text>
      <xsl:for-each select="r:changes/r:change">
        <xsl:value-of select="concat('  ', @action, ' ', @name, ' ', @type, ' ', substring(r:value, 1, 120), '&#10;')"/>
      </xsl:for-each>
      <xsl:for-each select="r:replaced-terms/r:replaced-term">
        <xsl:value-of select="concat('  ', @reason, ' ', @term)"/>
        <xsl:if test="r:by"><xsl:value-of select="concat(' -> ', r:by)"/></xsl:if>
        <xsl:if test="@needs-upkeep = 'true'">, needs upkeep</xsl:if>
        <xsl:text>&#10;</xsl:text>
      </xsl:for-each>
    </xsl:for-each>
    <xsl:for-each select="r:together">
      <xsl:value-of select="concat('all needed score ', $before, ' -> ', @score)"/>
      <xsl:apply-templates select="."/>
      <xsl:text>&#10;</xsl:text>
    </xsl:for-each>
    <xsl:for-each select="r:over-budget/r:too-many-lookups">
      <xsl:value-of select="concat('too many lookups ', @name, ' ', @lookups, substring(' published', 1, 10 * (@published = 'true')), ' ', r:value, '&#10;')"/>
      <xsl:for-each select="r:costs/r:cost"><xsl:value-of select="concat('  ', @lookups, ' ', @text, substring(' enough', 1, 7 * (@enough = 'true')), '&#10;')"/></xsl:for-each>
    </xsl:for-each>
  </xsl:template>
  <xsl:template match="r:outcome | r:together">
    <xsl:value-of select="concat(', spf ', @spf, ', dkim ', @dkim, ', dmarc ', @dmarc, ', errors ', @failing-errors, ', providers ', @providers-all-met)"/>
  </xsl:template>
</xsl:stylesheet>
