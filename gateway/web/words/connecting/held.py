"""What each kind of key, certificate or secret is called, and in which order it is replaced (docs/operating.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from gateway.domain.peers.held import HeldKind


def held_words() -> Mapping[HeldKind, str]:
    return {
        HeldKind.OUR_SECRET: _("Vores hemmelighed hos modparten"),
        HeldKind.OUR_KEY: _("Vores private nøgle"),
        HeldKind.OUR_CERTIFICATE: _("Vores certifikat"),
        HeldKind.THEIR_KEYS: _("Modpartens nøgler"),
        HeldKind.THEIR_CERTIFICATES: _("Certifikater, som modparten kendes på"),
        HeldKind.THEIR_FINGERPRINTS: _("Fingeraftryk af den, der kalder os"),
        HeldKind.PUBLISHED: _("Nøgler, som modparten selv offentliggør"),
    }


def order_words() -> Mapping[HeldKind, Sequence[str]]:
    """What to do, one step after the other."""
    lay = _("Driften lægger den i en ny fil; den gamle fil bliver liggende.")
    try_it = _("Skriv den nye fil her, afprøv kladden, og aktivér den, når alle trin er gode.")
    return {
        HeldKind.OUR_SECRET: (
            _("Bed modparten om en ny hemmelighed; den gamle skal gælde så længe."), lay, try_it,
            _("Bed modparten lukke den gamle tidligst et minut efter aktiveringen."),
        ),
        HeldKind.OUR_KEY: (
            lay,
            _("Skriv den nye fil her. Dens offentlige nøgle står derefter nederst på siden."),
            _("Dér står også, om modparten kan læse den på vores adresse, eller skal have den tilsendt."),
            _("Afprøv, til modparten kender nøglen, og aktivér så. Den gamle nøgle vises 15 minutter endnu."),
        ),
        HeldKind.OUR_CERTIFICATE: (
            lay, _("Send det nye certifikat til modparten, som godtager begge så længe."),
            _("Skriv de nye filer for certifikat og nøgle her på én gang, afprøv kladden, og aktivér den."),
            _("Bed modparten fjerne det gamle tidligst et minut efter aktiveringen."),
        ),
        HeldKind.THEIR_KEYS: (
            _("Indsæt modpartens nye offentlige nøgler; de lægges ved siden af de gamle."),
            _("Aktivér kladden, og bed modparten skifte tidligst et minut efter."),
            _("Når modparten har skiftet, trækkes den gamle nøgle tilbage her i en ny kladde."),
        ),
        HeldKind.THEIR_CERTIFICATES: (
            _("Driften lægger en ny fil med både modpartens gamle og nye certifikat."), try_it,
            _("Modparten skifter. Derefter en ny fil med det nye certifikat alene."),
        ),
        HeldKind.THEIR_FINGERPRINTS: (
            _("Skriv fingeraftrykket af den nye; det gamle bliver stående ved siden af."),
            _("Aktivér kladden, og bed modparten skifte tidligst et minut efter."),
            _("Når modparten har skiftet, trækkes det gamle fingeraftryk tilbage her i en ny kladde."),
        ),
        HeldKind.PUBLISHED: (_("Intet. En ny nøgle læses, første gang den bruges."),),
    }  # fmt: skip
