<?xml version="1.0" encoding="UTF-8"?>
<!-- DKIM signatures, and why they fail; laid into html.xsl by view.c. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:r="urn:mailassay:report:1">
  <!-- signatures -->

  <xsl:template match="r:signatures">
    <xsl:call-template name="section">
      <xsl:with-param name="id" select="'signatures'"/>
      <xsl:with-param name="content">
        <xsl:if test="not(r:signature)"><p class="status fair"><xsl:value-of select="key('w', 'no-signatures')"/></p></xsl:if>
        <xsl:apply-templates select="r:signature"/>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>

  <xsl:template match="r:signature">
    <article id="signature-{@number}">
      <h3>
        <xsl:call-template name="fill"><xsl:with-param name="id" select="'signature'"/><xsl:with-param name="value" select="@number"/></xsl:call-template>
        <xsl:text> </xsl:text><xsl:apply-templates select="@domain" mode="octets"/>
        <xsl:text> </xsl:text><xsl:call-template name="status"><xsl:with-param name="word" select="string(@result)"/></xsl:call-template>
      </h3>
      <ul class="verdicts">
        <xsl:apply-templates select="r:key | r:header | r:body" mode="verdict"/>
      </ul>
      <xsl:if test="@class and @class != 'none'"><xsl:call-template name="why-fails"/></xsl:if>
      <dl>
        <xsl:call-template name="row"><xsl:with-param name="id" select="'problems'"/><xsl:with-param name="value" select="@problems"/></xsl:call-template>
        <xsl:call-template name="row"><xsl:with-param name="id" select="'selector'"/><xsl:with-param name="value" select="@selector"/></xsl:call-template>
        <dt><xsl:value-of select="key('w', 'algorithm')"/></dt><dd><code><xsl:value-of select="@key-type"/>-<xsl:value-of select="@hash"/></code></dd>
        <dt><xsl:value-of select="key('w', 'canonicalization')"/></dt><dd><code><xsl:value-of select="@header-canonicalization"/>/<xsl:value-of select="@body-canonicalization"/></code></dd>
        <xsl:for-each select="@signed-at | @expires">
          <dt><xsl:value-of select="key('w', name())"/></dt><dd><xsl:call-template name="time"><xsl:with-param name="at" select="string(.)"/></xsl:call-template> UTC</dd>
        </xsl:for-each>
        <xsl:call-template name="digests"/>
        <xsl:for-each select="r:key/r:key-records/r:key-record">
          <dt><xsl:value-of select="key('w', 'key-record')"/></dt>
          <dd><xsl:apply-templates select="r:text" mode="octets"/></dd>
        </xsl:for-each>
        <dt><xsl:value-of select="key('w', 'signed-fields')"/></dt>
        <dd><xsl:for-each select="r:header/r:signed-fields/r:signed-field[@present = 'true']"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:apply-templates select="r:field-name" mode="octets"/></xsl:for-each></dd>
        <xsl:if test="r:header/r:signed-fields/r:signed-field[@present = 'false']">
          <dt><xsl:value-of select="key('w', 'absent-fields')"/></dt>
          <dd><xsl:for-each select="r:header/r:signed-fields/r:signed-field[@present = 'false']"><xsl:if test="position() &gt; 1">, </xsl:if><xsl:apply-templates select="r:field-name" mode="octets"/></xsl:for-each></dd>
        </xsl:if>
      </dl>
      <details>
        <summary><xsl:value-of select="key('w', 'tags')"/></summary>
        <dl class="tags"><xsl:for-each select="r:tags/r:tag"><dt><xsl:apply-templates select="r:tag-name" mode="octets"/></dt><dd><xsl:apply-templates select="r:value" mode="octets"/></dd></xsl:for-each></dl>
      </details>
    </article>
  </xsl:template>

  <xsl:template name="why-fails">
    <div class="causes">
      <h4><xsl:value-of select="key('w', 'why-fails')"/></h4>
      <p><xsl:value-of select="key('w', concat('class.', @class))"/><xsl:if test="@story"><xsl:text> </xsl:text><xsl:value-of select="key('w', concat('story.', @story))"/></xsl:if></p>
      <xsl:if test="not(r:causes/r:cause) and r:search"><p><xsl:value-of select="key('w', 'cause-not-found')"/></p></xsl:if>
      <xsl:apply-templates select="r:causes/r:cause"/>
      <xsl:variable name="tried" select="r:search/r:header-search/@hypotheses + r:search/r:body-search/@hypotheses + r:search/@key-hypotheses"/>
      <xsl:if test="$tried &gt; 0">
        <p class="detail">
          <xsl:call-template name="count"><xsl:with-param name="id" select="'hypotheses'"/><xsl:with-param name="n" select="$tried"/></xsl:call-template>
          <xsl:if test="r:search/*/@exhausted = 'true'"> · <xsl:value-of select="key('w', 'exhausted')"/></xsl:if>
        </p>
      </xsl:if>
      <!-- What was excluded matters where nothing was found. -->
      <xsl:if test="r:search/r:ruled-out/r:family and not(r:causes/r:cause[@certainty = 'proven'])">
        <p class="detail"><xsl:value-of select="key('w', 'ruled-out')"/>: <xsl:for-each select="r:search/r:ruled-out/r:family"><xsl:if test="position() &gt; 1">; </xsl:if><xsl:value-of select="concat(key('w', concat('family.', @name)), ' (', @hypotheses, ')')"/></xsl:for-each></p>
      </xsl:if>
      <xsl:if test="r:search/r:check/r:command">
        <details>
          <summary><xsl:value-of select="key('w', 'check-proof')"/></summary>
          <pre><xsl:for-each select="r:search/r:check/r:command"><xsl:value-of select="@run"/><xsl:if test="@expected"><xsl:value-of select="concat('   # ', @expected)"/></xsl:if><xsl:text>&#10;</xsl:text></xsl:for-each></pre>
        </details>
      </xsl:if>
      <xsl:apply-templates select="r:timeline"/>
    </div>
  </xsl:template>

  <xsl:template match="r:cause">
    <div class="cause">
      <p>
        <b><xsl:value-of select="key('w', concat('cause.', @id))"/></b>
        <xsl:for-each select="r:fields/r:field-name"><xsl:choose><xsl:when test="position() = 1">: </xsl:when><xsl:otherwise>, </xsl:otherwise></xsl:choose><xsl:apply-templates select="." mode="octets"/></xsl:for-each>
        <xsl:if test="r:detail"> · <xsl:apply-templates select="r:detail" mode="octets"/></xsl:if>
      </p>
      <p class="detail">
        <xsl:value-of select="key('w', concat('cause-certainty.', @certainty))"/>
        <xsl:text> · </xsl:text>
        <xsl:call-template name="fill"><xsl:with-param name="id" select="'points-to'"/><xsl:with-param name="value" select="key('w', concat('actor.', @actor))"/></xsl:call-template>
      </p>
      <xsl:call-template name="change"/>
    </div>
  </xsl:template>

  <!-- Only with something between the signature and the file. -->
  <xsl:template match="r:timeline">
    <xsl:if test="@changed-after-receipt = 'true'"><p class="note">! <xsl:value-of select="key('w', 'changed-after-receipt')"/></p></xsl:if>
    <xsl:if test="count(r:marks/r:mark) &gt; 2">
      <p><xsl:value-of select="key('w', 'timeline')"/>:</p>
      <ol class="timeline">
        <xsl:for-each select="r:marks/r:mark">
          <li>
            <xsl:call-template name="fill">
              <xsl:with-param name="id" select="concat('stage.', @stage)"/>
              <xsl:with-param name="value"><xsl:choose><xsl:when test="r:who"><xsl:value-of select="r:who"/></xsl:when><xsl:otherwise><xsl:value-of select="key('w', 'unknown')"/></xsl:otherwise></xsl:choose></xsl:with-param>
            </xsl:call-template>
            <xsl:if test="@same-body = 'true'"> · <xsl:value-of select="key('w', 'same-body')"/></xsl:if>
            <xsl:if test="@same-body = 'false'"> · <span class="status bad"><span class="sign" aria-hidden="true">≠</span><xsl:text> </xsl:text><xsl:value-of select="key('w', 'other-body')"/></span></xsl:if>
            <xsl:if test="@says-pass = 'true'"> · <xsl:value-of select="key('w', 'said-pass')"/></xsl:if>
          </li>
        </xsl:for-each>
      </ol>
    </xsl:if>
  </xsl:template>

  <xsl:template match="r:key | r:header | r:body" mode="verdict">
    <li>
      <b><xsl:value-of select="key('w', local-name())"/></b>
      <xsl:call-template name="status">
        <xsl:with-param name="word" select="string(@verdict)"/>
        <xsl:with-param name="text" select="string(key('w', concat(local-name(), '.', @verdict)))"/>
      </xsl:call-template>
      <xsl:if test="@name"><span class="detail"><xsl:apply-templates select="@name" mode="octets"/></span></xsl:if>
      <xsl:for-each select="r:key-records/r:key-record[@used = 'true' and @bits]">
        <span class="detail"><xsl:value-of select="@key-type"/><xsl:text> </xsl:text><xsl:call-template name="fill"><xsl:with-param name="id" select="'bits'"/><xsl:with-param name="value" select="@bits"/></xsl:call-template></span>
      </xsl:for-each>
    </li>
  </xsl:template>

  <!-- Digests matter when they differ. -->
  <xsl:template name="digests">
    <xsl:if test="r:header/@verdict != 'verifies'">
      <xsl:call-template name="row"><xsl:with-param name="id" select="'signed-digest'"/><xsl:with-param name="value" select="r:header/@signed-digest"/></xsl:call-template>
      <xsl:call-template name="row"><xsl:with-param name="id" select="'computed-digest'"/><xsl:with-param name="value" select="r:header/@computed-digest"/></xsl:call-template>
    </xsl:if>
    <xsl:if test="r:body/@verdict != 'matches'">
      <xsl:call-template name="row"><xsl:with-param name="id" select="'claimed-hash'"/><xsl:with-param name="value" select="r:body/@claimed-hash"/></xsl:call-template>
      <xsl:call-template name="row"><xsl:with-param name="id" select="'computed-hash'"/><xsl:with-param name="value" select="r:body/@computed-hash"/></xsl:call-template>
    </xsl:if>
  </xsl:template>

</xsl:stylesheet>
