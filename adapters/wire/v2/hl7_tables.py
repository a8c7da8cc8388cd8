"""Tables of HL7 v2 that reading needs: character sets as peers name them, and the segments that exist."""

from __future__ import annotations

import re

# Table 0211, and the names that systems write instead. An empty MSH-18 means ASCII by the standard; UTF-8 contains it.
_CODECS = {
    "": "utf-8",
    "ASCII": "ascii",
    "UNICODEUTF8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",  # deprecated since v2.5; a message whose MSH is read byte by byte can be in no other Unicode
    "88591": "iso-8859-1",
    "ISO88591": "iso-8859-1",
    "LATIN1": "iso-8859-1",
    "ISOIR100": "iso-8859-1",
    "885915": "iso-8859-15",
    "ISO885915": "iso-8859-15",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
}
# Appendix A of v2.1 to v2.8, and the batch segments of chapter 2.
_NAMES = """
ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI CDM CDO CER CM0 CM1 CM2 CNS
CON CSP CSR CSS CTD CTI DB1 DG1 DMI DON DPS DRG DSC DSP ECD ECR EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1
GP2 GT1 IAM IAR IIM ILT IN1 IN2 IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA MSH
NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORC ORG ORO OVR PAC PCE PCR PD1 PDA PDC
PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT
REL RF1 RFI RGS RMI ROL RQ1 RQD RX1 RXA RXC RXD RXE RXG RXO RXR RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM
SPR STF STZ TCC TCD TQ1 TQ2 TXA UAC UB1 UB2 URD URS VAR VND VTQ
"""
_SEGMENTS = frozenset(_NAMES.split())


def codec_of(charset: str) -> str | None:
    """Python's name for a character set as MSH-18 says it; None for one we do not know."""
    return _CODECS.get(re.sub(r"[^A-Z0-9]", "", charset.upper()))


def begins_segment(line: str, separator: str) -> bool:
    """Whether a line of a message is a segment: a known name, or one of a site's own (Z…), and then its fields.
    Anything else is text that was broken by a line end of its own."""
    name, rest = line[:3], line[3:4]
    known = name in _SEGMENTS or bool(re.fullmatch(r"Z[A-Z0-9]{2}", name))
    return known and rest in ("", separator)
